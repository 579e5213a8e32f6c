/*
 * The table.  Where a code may mean two things the milder one was taken: a
 * cause that moves a pack to another CA costs the customer new tokens, and one
 * that counts against the CA as a whole may stop everybody's orders there.
 */
#include "acme/cause.h"

#include <stddef.h>
#include <string.h>

static const struct entry {
	const char *code;
	enum cause  cause;
} entries[] = {
	/* the name's own DNS and web server, as the CA saw them or we did */
	{ "acme_connection", CAUSE_CUSTOMER },
	{ "acme_dns", CAUSE_CUSTOMER },
	{ "acme_incorrect_response", CAUSE_CUSTOMER },
	{ "acme_method_gone", CAUSE_CUSTOMER },
	{ "acme_tls", CAUSE_CUSTOMER },
	{ "acme_unauthorized", CAUSE_CUSTOMER },
	{ "token_missing", CAUSE_CUSTOMER },
	{ "token_old", CAUSE_CUSTOMER },
	{ "token_partly", CAUSE_CUSTOMER },
	{ "token_quoted", CAUSE_CUSTOMER },
	{ "dns_servfail", CAUSE_CUSTOMER },
	{ "dns_refused", CAUSE_CUSTOMER },
	{ "dns_malformed", CAUSE_CUSTOMER },
	{ "dns_mismatch", CAUSE_CUSTOMER },
	{ "dns_bad_name", CAUSE_CUSTOMER },
	{ "dns_bogus", CAUSE_CUSTOMER },

	{ "acme_caa", CAUSE_CAA },
	{ "caa_excludes", CAUSE_CAA },
	{ "caa_forbids", CAUSE_CAA },
	{ "caa_restricted", CAUSE_CAA },

	{ "acme_rate_limited", CAUSE_RATE },
	{ "acme_no_budget", CAUSE_RATE },

	{ "acme_bad_nonce", CAUSE_INFRASTRUCTURE },
	{ "acme_bad_token", CAUSE_INFRASTRUCTURE },
	{ "acme_foreign_url", CAUSE_INFRASTRUCTURE },
	{ "acme_order_invalid", CAUSE_INFRASTRUCTURE },	/* and not a word why */
	{ "acme_order_not_ready", CAUSE_INFRASTRUCTURE },	/* which it had said it was */
	{ "acme_protocol", CAUSE_INFRASTRUCTURE },
	{ "acme_server_internal", CAUSE_INFRASTRUCTURE },
	{ "acme_undecided", CAUSE_INFRASTRUCTURE },
	{ "acme_unreachable", CAUSE_INFRASTRUCTURE },
	{ "chain_broken", CAUSE_INFRASTRUCTURE },
	{ "chain_certificate_too_large", CAUSE_INFRASTRUCTURE },
	{ "chain_common_name", CAUSE_INFRASTRUCTURE },
	{ "chain_critical_extension", CAUSE_INFRASTRUCTURE },
	{ "chain_empty", CAUSE_INFRASTRUCTURE },
	{ "chain_expired", CAUSE_INFRASTRUCTURE },
	{ "chain_junk", CAUSE_INFRASTRUCTURE },
	{ "chain_key_usage", CAUSE_INFRASTRUCTURE },
	{ "chain_leaf_is_ca", CAUSE_INFRASTRUCTURE },
	{ "chain_lifetime", CAUSE_INFRASTRUCTURE },
	{ "chain_name_kind", CAUSE_INFRASTRUCTURE },
	{ "chain_names", CAUSE_INFRASTRUCTURE },
	{ "chain_not_authority", CAUSE_INFRASTRUCTURE },
	{ "chain_not_yet_valid", CAUSE_INFRASTRUCTURE },
	{ "chain_order", CAUSE_INFRASTRUCTURE },
	{ "chain_other_key", CAUSE_INFRASTRUCTURE },
	{ "chain_private_key", CAUSE_INFRASTRUCTURE },
	{ "chain_serial", CAUSE_INFRASTRUCTURE },
	{ "chain_too_large", CAUSE_INFRASTRUCTURE },
	{ "chain_too_long", CAUSE_INFRASTRUCTURE },
	{ "chain_unreadable", CAUSE_INFRASTRUCTURE },
	{ "chain_weak_key", CAUSE_INFRASTRUCTURE },
	{ "chain_weak_signature", CAUSE_INFRASTRUCTURE },

	{ "acme_account_refused", CAUSE_POLICY },
	{ "acme_external_account", CAUSE_POLICY },
	{ "acme_invalid_profile", CAUSE_POLICY },
	{ "acme_no_challenge", CAUSE_POLICY },
	{ "acme_refused", CAUSE_POLICY },	/* with a type that nobody knows */
	{ "acme_rejected_identifier", CAUSE_POLICY },
	{ "acme_unsupported_identifier", CAUSE_POLICY },
	{ "acme_user_action", CAUSE_POLICY },

	{ "acme_account_key", CAUSE_OURS },
	{ "acme_account_missing", CAUSE_OURS },
	{ "acme_already_replaced", CAUSE_OURS },
	{ "acme_already_revoked", CAUSE_OURS },
	{ "acme_bad_contact", CAUSE_OURS },
	{ "acme_bad_csr", CAUSE_OURS },
	{ "acme_bad_public_key", CAUSE_OURS },
	{ "acme_bad_reason", CAUSE_OURS },
	{ "acme_bad_signature_algorithm", CAUSE_OURS },
	{ "acme_certificate_key", CAUSE_OURS },
	{ "acme_key_in_use", CAUSE_OURS },
	{ "acme_malformed", CAUSE_OURS },

	/* nothing to hold against the CA: there is none, it lacks what is
	 * optional, it forgot an order (and takes a new one), we did not ask it,
	 * our resolver is down, time went by */
	{ "acme_no_authority", CAUSE_NONE },
	{ "acme_no_renewal_info", CAUSE_NONE },
	{ "acme_no_revocation", CAUSE_NONE },
	{ "acme_no_rollover", CAUSE_NONE },
	{ "acme_not_found", CAUSE_NONE },
	{ "acme_paused", CAUSE_NONE },
	{ "caa_unknown", CAUSE_NONE },
	{ "token_expired", CAUSE_NONE },
	{ "dns_resolver_down", CAUSE_NONE },
	{ "dns_timeout", CAUSE_NONE },
};

static const char *const names[] = {
	[CAUSE_NONE] = "none", [CAUSE_CUSTOMER] = "customer", [CAUSE_CAA] = "caa", [CAUSE_RATE] = "rate",
	[CAUSE_INFRASTRUCTURE] = "infrastructure", [CAUSE_POLICY] = "policy", [CAUSE_OURS] = "ours",
};

static const struct entry *
entry_of(const char *code)
{
	for (size_t i = 0; code != NULL && i < sizeof entries / sizeof entries[0]; i++)
		if (strcmp(entries[i].code, code) == 0)
			return &entries[i];
	return NULL;
}

enum cause
cause_of(const char *code)
{
	const struct entry *e = entry_of(code);

	return e != NULL ? e->cause : CAUSE_NONE;
}

bool
cause_is_known(const char *code)
{
	return entry_of(code) != NULL;
}

const char *
cause_name(enum cause cause)
{
	return names[cause];
}

enum cause
cause_named(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], name) == 0)
			return (enum cause)i;
	return CAUSE_NONE;
}
