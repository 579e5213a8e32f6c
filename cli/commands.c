/* The table of commands, in the order in which help shows them. */
#include "cli/command.h"

#define ZONE_FLAG { "zone", "ZONE", "zone, by name or id; may be left out when there is only one" }

#define HOSTNAME_FLAGS \
	{ "metadata", "JSON", "object that goes to the edge with each request" }, \
	{ "origin", "NAME", "origin of this hostname, instead of the zone's" }, \
	{ "origin-sni", "NAME", "server name for TLS to that origin; \":request_host_header:\" for the hostname" }, \
	{ "method", "http|txt", "how control is shown to the certificate authority (http)" }, \
	{ "authority", "NAME", "certificate authority, or \"default\"" }, \
	{ "branding", NULL, "the certificate's common name is the branding_name" }, \
	{ "tls-settings", "JSON", "ssl.settings: ciphers, early_hints, http2, min_tls_version, tls_1_3" }, \
	{ "wildcard", NULL, "the certificate covers *.HOSTNAME as well" }

#define ZONE_FLAGS \
	{ "cname-target", "NAME,...", "names that custom hostnames may CNAME to" }, \
	{ "apex-prefixes", "PREFIX,...", "where the addresses of an apex hostname may be" }, \
	{ "fallback-origin", "NAME", "where traffic goes by default" }, \
	{ "account", "ID", "account that events name" }, \
	{ "authorities", "NAME,...", "certificate authorities of the default, first choice first" }, \
	{ "key-types", "TYPE,...", "keys of a certificate pack (p256,rsa2048)" }, \
	{ "creations-per-minute", "NUMBER", "how many custom hostnames may be added a minute" }, \
	{ "allow-reserved-names", NULL, "admit names under example.com and reserved top domains; for trials" }, \
	{ "metadata-on-wildcards", NULL, "admit metadata on wildcard hostnames" }, \
	{ "revoke-on-delete", NULL, "revoke the certificates of a hostname that is deleted" }

#define CA_FLAGS \
	{ "directory", "URL", "ACME directory, https" }, \
	{ "directory-rsa", "URL", "another one for RSA certificates" }, \
	{ "trust", "FILE", "PEM file that its HTTPS certificate chains to, instead of the system's" }, \
	{ "caa", "ID,...", "issuer names in CAA records that mean this authority (those of its directory)" }, \
	{ "eab-kid", "ID", "external account binding: key id" }, \
	{ "eab-hmac-file", "FILE", "external account binding: file with the HMAC key in base64url" }, \
	{ "contact", "MAIL", "mail address of the account" }, \
	{ "preference", "NUMBER", "lower is tried first for the default authority (100)" }, \
	{ "token-validity", "SPAN", "how long a token stays usable at most (7d)" }, \
	{ "profile", "NAME", "certificate profile to order" }, \
	{ "preferred-chain", "NAME", "common name of an issuer that the chain should have" }, \
	{ "orders-per-hour", "NUMBER", "limit of our own (none)" }, \
	{ "rate-limits", "published|none", "keep to the limits that Let's Encrypt publishes, or to none (as is known)" }

const struct command commands[] = {
	{ "migrate", "", 0, 0, "bring the database to this program's schema",
	  "Safe to repeat: what is there already is left alone. Also loads the public suffix list and "
	  "makes the roles certwright_daemon, certwright_app, certwright_reader and certwright_powerdns where it may.",
	  command_migrate, { { 0 } } },
	{ "run", "", 0, 0, "validate, issue, deploy, renew and deliver until stopped",
	  "Runs in the foreground and logs to standard error. SIGTERM or SIGINT: what was begun is "
	  "finished, within 10 seconds; a second signal stops at once.",
	  command_run, {
		{ "once", NULL, "work until nothing is due now or within --linger, then exit" },
		{ 0 } } },
	{ "status", "[HOSTNAME]", 0, 1, "show all hostnames, or one with its certificates and what to do",
	  NULL, command_status, {
		{ "zone", "ZONE", "only this zone, by name or id" },
		{ 0 } } },
	{ "check", "HOSTNAME", 1, 1, "look at the DNS and web server of a hostname and say what is wrong",
	  "Asks the resolvers, the domain's own name servers and the web server, now; changes nothing. "
	  "Ends with 6 when something is wrong.",
	  command_check, { ZONE_FLAG, { 0 } } },
	{ "refresh", "HOSTNAME", 1, 1, "check a hostname now and restart its schedule", NULL,
	  command_refresh, { ZONE_FLAG, { 0 } } },
	{ "renew", "HOSTNAME", 1, 1, "order the next certificates of a hostname now",
	  "The present ones are served until the next ones are. Renewals need no command: each is made in time.",
	  command_renew, { ZONE_FLAG, { 0 } } },
	{ "hostname add", "HOSTNAME", 1, 1, "add a custom hostname", NULL, command_hostname_add, {
		ZONE_FLAG, HOSTNAME_FLAGS,
		{ "no-ssl", NULL, "without a certificate" },
		{ 0 } } },
	{ "hostname list", "", 0, 0, "list custom hostnames", NULL, command_hostname_list, {
		{ "zone", "ZONE", "only this zone, by name or id" },
		{ 0 } } },
	{ "hostname show", "HOSTNAME", 1, 1, "show one custom hostname", NULL, command_hostname_show,
	  { ZONE_FLAG, { 0 } } },
	{ "hostname edit", "HOSTNAME", 1, 1, "change a custom hostname",
	  "What is not named stays; the value \"none\" takes a member away. Naming anything of the certificate checks the "
	  "hostname now and begins its schedule anew; another authority, wildcard or branding means new certificates.",
	  command_hostname_edit, {
		ZONE_FLAG, HOSTNAME_FLAGS,
		{ "no-wildcard", NULL, "the certificate covers HOSTNAME alone" },
		{ "no-branding", NULL, "without the branding_name" },
		{ 0 } } },
	{ "hostname remove", "HOSTNAME", 1, 1, "delete a custom hostname and its certificates", NULL,
	  command_hostname_remove, { ZONE_FLAG, { 0 } } },
	{ "zone add", "NAME", 1, 1, "add a zone: one application whose customers bring hostnames", NULL,
	  command_zone_add, { ZONE_FLAGS, { 0 } } },
	{ "zone list", "", 0, 0, "list zones", NULL, command_zone_list, { { 0 } } },
	{ "zone show", "ZONE", 1, 1, "show one zone", NULL, command_zone_show, { { 0 } } },
	{ "zone edit", "ZONE", 1, 1, "change the settings of a zone",
	  "What is not named stays; the value \"none\" takes a setting back to its default.",
	  command_zone_edit, {
		ZONE_FLAGS,
		{ "no-reserved-names", NULL, "admit none of those names any more" },
		{ "no-metadata-on-wildcards", NULL, "refuse metadata on wildcard hostnames" },
		{ "no-revoke-on-delete", NULL, "let the certificates of a deleted hostname expire" },
		{ 0 } } },
	{ "zone remove", "ZONE", 1, 1, "remove a zone whose custom hostnames were all removed",
	  "Its webhooks go with it, and what they have not heard yet.",
	  command_zone_remove, { { 0 } } },
	{ "hold add", "NAME", 1, 1, "forbid to claim a name",
	  "Hostnames that wait for it are blocked at once; who has the name keeps it.",
	  command_hold_add, {
		{ "subdomains", NULL, "and everything under it" },
		{ "reason", "TEXT", "for people" },
		{ 0 } } },
	{ "hold list", "", 0, 0, "list names that are held", NULL, command_hold_list, { { 0 } } },
	{ "hold remove", "NAME", 1, 1, "end a hold", NULL, command_hold_remove, { { 0 } } },
	{ "ca add", "NAME", 1, 1, "add a certificate authority and make its account key",
	  "google, lets_encrypt and ssl_com come with their directories, CAA identity, token validity, preference "
	  "and rate limits; ssl_com needs --contact. The directory is not contacted; the account is made with the "
	  "first order.",
	  command_ca_add, {
		CA_FLAGS,
		{ "disabled", NULL, "nothing is ordered there" },
		{ 0 } } },
	{ "ca list", "", 0, 0, "list certificate authorities", NULL, command_ca_list, { { 0 } } },
	{ "ca show", "NAME", 1, 1, "show one certificate authority: settings, what its directory says, health, budget",
	  NULL, command_ca_show, { { 0 } } },
	{ "ca edit", "NAME", 1, 1, "change a certificate authority",
	  "What is not named stays; the value \"none\" takes a setting away. At another directory it is another "
	  "authority: accounts, health and budget are forgotten, orders that are under way begin anew, and "
	  "certificates stay. Contact and external account binding count for accounts that are made from now on.",
	  command_ca_edit, {
		CA_FLAGS,
		{ "enabled", NULL, "orders may go there again" },
		{ "disabled", NULL, "nothing new is ordered there; what was begun goes on" },
		{ 0 } } },
	{ "ca rollover", "NAME", 1, 1, "give the account at a certificate authority a new key",
	  "Safe to repeat: the new key is stored first, and what was interrupted goes on. Tokens that were not proven "
	  "yet change with the key.",
	  command_ca_rollover, { { 0 } } },
	{ "ca remove", "NAME", 1, 1, "remove a certificate authority that no certificate in use came from", NULL,
	  command_ca_remove, { { 0 } } },
	{ "webhook add", "URL", 1, 1, "add an endpoint that hears events",
	  "Prints the signing secret: it is shown this once.",
	  command_webhook_add, {
		ZONE_FLAG,
		{ "name", "NAME", "name, for people (the URL's host)" },
		{ "events", "TYPE,...", "types that it hears (all)" },
		{ "failures", "all|on_change", "send each failed retry, or only when its reason changes (all)" },
		{ "plain-secret-file", "FILE", "file with the value to send as cf-webhook-auth" },
		{ 0 } } },
	{ "webhook list", "", 0, 0, "list endpoints", NULL, command_webhook_list, {
		{ "zone", "ZONE", "only this zone, by name or id" },
		{ 0 } } },
	{ "webhook show", "ID", 1, 1, "show one endpoint and its latest deliveries", NULL,
	  command_webhook_show, { { 0 } } },
	{ "webhook edit", "ID", 1, 1, "change an endpoint",
	  "What is not named stays. A new signing secret is printed this once; for a day both secrets sign.",
	  command_webhook_edit, {
		{ "url", "URL", "where events are sent" },
		{ "name", "NAME", "name, for people" },
		{ "events", "TYPE,...", "types that it hears, or \"all\"" },
		{ "failures", "all|on_change", "send each failed retry, or only when its reason changes" },
		{ "enable", NULL, "send events again" },
		{ "disable", NULL, "send no events" },
		{ "new-secret", NULL, "make a new signing secret" },
		{ "plain-secret-file", "FILE", "file with the value to send as cf-webhook-auth" },
		{ "no-plain-secret", NULL, "send no cf-webhook-auth" },
		{ 0 } } },
	{ "webhook remove", "ID", 1, 1, "remove an endpoint and what it has not heard yet", NULL,
	  command_webhook_remove, { { 0 } } },
	{ "events", "", 0, 0, "show the latest events", NULL, command_events, {
		{ "follow", NULL, "wait for more, until interrupted" },
		{ "since", "SEQ", "only events after this number" },
		{ 0 } } },
	{ "flows", "", 0, 0, "show the flows: every state and where it may lead", NULL, command_flows, {
		{ "mermaid", NULL, "as Mermaid state diagrams" },
		{ 0 } } },
	{ "config", "", 0, 0, "show the options as they are in force", NULL, command_config, {
		{ "sample", NULL, "print a sample configuration file" },
		{ "markdown", NULL, "print the table of options for the documentation" },
		{ "man", NULL, "print the manual page" },
		{ "commands", NULL, "print the table of commands for the documentation" },
		{ "check", NULL, "only check the options, files and addresses included" },
		{ 0 } } },
	{ "help", "[COMMAND]", 0, 2, "show help", NULL, command_help, { { 0 } } },
	{ "version", "", 0, 0, "show the version", NULL, command_version, { { 0 } } },
	{ 0 }
};
