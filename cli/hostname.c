/* A custom hostname for a person. */
#include "cli/hostname.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/out.h"

static const struct column about[] = {
	{ "hostname", "hostname   " }, { "id", "id" }, { "status", "status" },
	{ "custom_origin_server", "origin" }, { "custom_origin_sni", "origin SNI" },
	{ "custom_metadata", "metadata" }, { "created_at", "created" }, { 0 }
};

static const struct column certificate[] = {
	{ "status", "certificate" }, { "method", "method" }, { "wildcard", "wildcard" },
	{ "certificate_authority", "authority" }, { "expires_on", "expires" }, { 0 }
};

static const struct column renewal[] = {
	{ "status", "renewal    " }, { "since", "since" }, { "certificate_authority", "authority" },
	{ "attempts", "retries" }, { "next_look_at", "next look" }, { 0 }
};

static const struct column records[] = {
	{ "purpose", "RECORD FOR" }, { "state", "STATE" }, { "type", "TYPE" }, { "name", "NAME" },
	{ "value", "VALUE" }, { 0 }
};

/* Instead of records in the DNS, the customer's own web server may answer. */
static void
print_files(struct arena *a, const json_t *hostname)
{
	const json_t *own = json_object_get(hostname, "ownership_verification_http");
	const json_t *list = json_list(json_object_get(hostname, "ssl"), "validation_records");
	size_t i;
	json_t *record;

	if (json_str(own, "http_url") != NULL)
		printf("or %s\n   answers %s\n", out_text(a, json_object_get(own, "http_url")),
		    out_text(a, json_object_get(own, "http_body")));
	json_array_foreach(list, i, record)
		if (json_str(record, "http_url") != NULL)
			printf("or %s (%s)\n   answers %s\n", out_text(a, json_object_get(record, "http_url")),
			    out_text(a, json_object_get(record, "status")),
			    out_text(a, json_object_get(record, "http_body")));
}

/* What a web server answers is told as files: it is too wide for a table. */
static json_t *
without_files(const json_t *instructions)
{
	json_t *in_dns = json_array();
	size_t i;
	json_t *record;

	json_array_foreach(instructions, i, record)
		if (json_str(record, "type") == NULL || strcmp(json_str(record, "type"), "HTTP") != 0)
			json_array_append(in_dns, record);
	return in_dns;
}

static void
print_errors(struct arena *a, const json_t *errors)
{
	size_t i;
	json_t *error;

	json_array_foreach(errors, i, error) {
		const json_t *message = json_object_get(error, "message");

		printf("error        %s\n", out_text(a, message != NULL ? message : error));
	}
}

bool
hostname_print(const struct call *call, struct db *db, const char *zone_id, const json_t *hostname,
    struct err *ret_err)
{
	const json_t *ssl = json_object_get(hostname, "ssl");
	const char *id = json_str(hostname, "id");
	auto_json *instructions = NULL;
	auto_json *next = NULL;
	auto_json *in_dns = NULL;

	if (call->json) {
		out_json(hostname);
		return true;
	}
	if ((instructions = sql_dns_instructions(db, zone_id, id, ret_err)) == NULL ||
	    (next = sql_renewal_of(db, id, ret_err)) == NULL)
		return false;
	out_object(call, hostname, about);
	if (json_is_object(ssl))
		out_object(call, ssl, certificate);
	print_errors(call->arena, json_object_get(hostname, "verification_errors"));
	if (json_is_object(next))
		out_object(call, next, renewal);
	if (json_is_object(ssl))
		print_errors(call->arena, json_object_get(ssl, "validation_errors"));
	putchar('\n');
	in_dns = without_files(instructions);
	out_rows(call, in_dns, records, "there is nothing to publish");
	print_files(call->arena, hostname);
	return true;
}
