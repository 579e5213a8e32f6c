/* The fixed part of the delegation zone, from the options. */
#include "dcv/authority_inside.h"

#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/name.h"

enum { ARENA = 65536, WORD_MAX = 1024 };

static bool
refuse(struct err *err, const char *option, const char *word, const char *why)
{
	static char detail[512];

	if (word != NULL)
		snprintf(detail, sizeof detail, "%s: \"%.300s\": %s", option, word, why);
	else
		snprintf(detail, sizeof detail, "%s %s", option, why);
	return err_set(err, ERR_bad_option, detail);
}

static bool
refuse_server(struct err *err, const char *word, const char *why)
{
	return refuse(err, "dcv_nameservers", word, why);
}

/* The words between '=', from the second on. */
static bool
read_addresses(const char *word, char *at, struct authority_server *server, struct err *err)
{
	for (char *next; at != NULL; at = next) {
		next = strchr(at, '=');
		if (next != NULL)
			*next++ = '\0';
		if (server->address_count == AUTHORITY_ADDRESSES)
			return refuse_server(err, word, "it has more than eight addresses");
		if (!addr_parse(at, &server->addresses[server->address_count++]))
			return refuse_server(err, at, "it is not an address");
	}
	return true;
}

static bool
has_server(const struct authority_zone *z, const struct wire_name *name)
{
	for (size_t i = 0; i < z->server_count; i++)
		if (z->servers[i].name.len == name->len && memcmp(z->servers[i].name.octets, name->octets, name->len) == 0)
			return true;
	return false;
}

/* NAME[=ADDRESS…] */
static bool
read_server(struct arena *a, const char *domain, const char *word, struct authority_zone *z, struct err *err)
{
	struct authority_server *server = &z->servers[z->server_count];
	char *text = arena_strdup(a, word), *addresses = strchr(text, '=');
	const char *name;
	struct err bad = { 0 };

	if (z->server_count == AUTHORITY_SERVERS)
		return refuse_server(err, word, "these are more than 13 name servers");
	if (addresses != NULL)
		*addresses++ = '\0';
	name = name_canonical(a, text, (struct name_rules){ 0 }, &bad);
	if (name == NULL)
		return refuse_server(err, word, bad.detail);
	*server = (struct authority_server){ 0 };
	(void)wire_name_of(name, domain, &server->name);	/* a canonical name fits */
	if (has_server(z, &server->name))
		return refuse_server(err, word, "it is there twice");
	if (!read_addresses(word, addresses, server, err))
		return false;
	if (name_is_under(name, domain) != (server->address_count > 0))
		return refuse_server(err, word, server->address_count > 0 ?
		    "it is not below dcv_domain, so its addresses are its own zone's to say" :
		    "it is below dcv_domain, so its addresses are needed: NAME=ADDRESS");
	z->server_count++;
	return true;
}

static bool
read_servers(struct arena *a, const char *domain, const char *list, struct authority_zone *z, struct err *err)
{
	for (const char *at = list;; at++) {
		size_t len;
		const char *word;

		at += strspn(at, " ");
		len = strcspn(at, ",");
		if (len > WORD_MAX)
			return refuse_server(err, NULL, "has a word of more than 1,024 characters");
		word = arena_strndup(a, at, len);
		if (!read_server(a, domain, word, z, err))
			return false;
		at += len;
		if (*at == '\0')
			return true;
	}
}

bool
authority_read_zone(const char *text, const char *nameservers, struct authority_zone *ret, struct err *err)
{
	auto_arena *a = arena_new(ARENA);
	struct err bad = { 0 };
	const char *domain;

	if (text == NULL || *text == '\0')
		return refuse(err, "dcv_domain", NULL, "is empty");
	if (nameservers == NULL || *nameservers == '\0')
		return refuse_server(err, NULL, "is empty, but a zone has at least one name server");
	domain = name_canonical(a, text, (struct name_rules){ 0 }, &bad);
	if (domain == NULL)
		return refuse(err, "dcv_domain", text, bad.detail);
	*ret = (struct authority_zone){ 0 };
	if (!wire_name_of(arena_printf(a, "hostmaster.%s", domain), domain, &ret->rname))
		return refuse(err, "dcv_domain", text, "it leaves no room for names below it");
	(void)wire_name_of(domain, domain, &ret->domain);
	return read_servers(a, domain, nameservers, ret, err);
}
