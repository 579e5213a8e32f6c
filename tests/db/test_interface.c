/* The functions that a provider calls: what they answer and what they set
 * going. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"

TestSuite(interface, .init = sql_up, .fini = sql_down, .timeout = 60);

#define TXT "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}"
#define SAME "{\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}"
#define GET "select certwright.get_custom_hostname($1::uuid, $2::uuid)"
#define EDIT "select certwright.edit_custom_hostname($1::uuid, $2::uuid, $3::jsonb)"
#define DELETE "select certwright.delete_custom_hostname($1::uuid, $2::uuid)"
#define JOB "select run_at <= certwright.clock_now() and attempts = 0 from certwright.job where subject = $1::uuid"

static long
events(const char *type)
{
	return sql_number("select count(*) from certwright.event where type = $1", type);
}

/* ---- zones ------------------------------------------------------------------ */

Test(interface, a_zone_has_the_documented_defaults)
{
	cr_assert_str_eq(sql_value("select z - '{id,created_at,dcv_delegation_id}'::text[]"
	    " from certwright.create_zone('saas', '{}') z"),
	    "{\"name\": \"saas\", \"key_types\": [\"p256\", \"rsa2048\"], \"account_id\": null, \"apex_prefixes\": [],"
	    " \"cname_targets\": [], \"fallback_origin\": null, \"revoke_on_delete\": false,"
	    " \"allow_reserved_names\": false, \"creations_per_minute\": null, \"metadata_on_wildcards\": false,"
	    " \"certificate_authorities\": [\"google\", \"lets_encrypt\", \"ssl_com\"]}");
	cr_assert_str_eq(sql_refusal("select certwright.create_zone('saas', '{}')"), "X1400");
	cr_assert_str_eq(sql_refusal("select certwright.create_zone('', '{}')"), "X1400");
}

Test(interface, an_edit_of_a_zone_keeps_what_it_does_not_name_and_null_is_the_default)
{
	const char *zone = sql_zone("{\"account_id\":\"a\",\"cname_targets\":[\"Edge.SaaS.net.\"],"
	    "\"apex_prefixes\":[\"192.0.2.0/24\",\"2001:db8::/32\"],\"key_types\":[\"p256\"]}");

	cr_assert_str_eq(sql_value("select z - '{id,name,created_at,dcv_delegation_id}'::text[]"
	    " from certwright.edit_zone($1::uuid, '{\"account_id\":null,\"revoke_on_delete\":true}') z", zone),
	    "{\"key_types\": [\"p256\"], \"account_id\": null, \"apex_prefixes\": [\"192.0.2.0/24\", \"2001:db8::/32\"],"
	    " \"cname_targets\": [\"edge.saas.net\"], \"fallback_origin\": null, \"revoke_on_delete\": true,"
	    " \"allow_reserved_names\": false, \"creations_per_minute\": null, \"metadata_on_wildcards\": false,"
	    " \"certificate_authorities\": [\"google\", \"lets_encrypt\", \"ssl_com\"]}");
	cr_assert_str_eq(sql_refusal("select certwright.edit_zone($1::uuid, '{\"name\":\"b\"}')", zone), "X1400");
	cr_assert_str_eq(sql_refusal("select certwright.edit_zone(gen_random_uuid(), '{}')"), "X1402");
}

Test(interface, a_fallback_origin_is_initializing_until_it_was_seen_to_resolve)
{
	const char *zone = sql_zone("{}");

	cr_assert_str_eq(sql_value("select certwright.get_fallback_origin($1::uuid)", zone),
	    "{\"errors\": [], \"origin\": null, \"status\": null, \"created_at\": null, \"updated_at\": null}");
	cr_assert_str_eq(sql_value("select f - '{created_at,updated_at}'::text[]"
	    " from certwright.set_fallback_origin($1::uuid, '{\"origin\":\"O.SaaS.net\"}') f", zone),
	    "{\"errors\": [], \"origin\": \"o.saas.net\", \"status\": \"initializing\"}");
	cr_assert_str_eq(sql_refusal("select certwright.set_fallback_origin($1::uuid, '{\"origin\":\"*.saas.net\"}')",
	    zone), "X1420");
	cr_assert_str_eq(sql_value("select certwright.delete_fallback_origin($1::uuid) ->> 'origin'", zone), "");
}

/* ---- create ----------------------------------------------------------------- */

Test(interface, a_new_hostname_is_shown_with_everything_that_has_to_be_published)
{
	const char *zone = sql_zone("{}"), *id;

	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	id = sql_hostname(zone, TXT);
	cr_assert_str_eq(sql_value("select h - '{id,created_at}'::text[] #- '{ssl,id}' #- '{ownership_verification,value}'"
	    " #- '{ownership_verification_http}' #- '{ssl,dcv_delegation_records}'"
	    " from certwright.get_custom_hostname($1::uuid, $2::uuid) h", zone, id),
	    "{\"ssl\": {\"type\": \"dv\", \"method\": \"txt\", \"status\": \"initializing\","
	    " \"settings\": {\"http2\": \"on\", \"min_tls_version\": \"1.0\"}, \"wildcard\": false,"
	    " \"bundle_method\": \"ubiquitous\", \"validation_records\": [], \"certificate_authority\": \"\"},"
	    " \"status\": \"pending\", \"hostname\": \"shop.customer.com\", \"verification_errors\": [],"
	    " \"ownership_verification\": {\"name\": \"_cf-custom-hostname.shop.customer.com\", \"type\": \"txt\"}}");
	cr_assert_str_eq(sql_value("select (h #>> '{ownership_verification_http,http_url}') || ' '"
	    " || (h #> '{ownership_verification_http,http_body}' = h #> '{ownership_verification,value}')::text"
	    " from certwright.get_custom_hostname($1::uuid, $2::uuid) h", zone, id),
	    sql_value("select 'http://shop.customer.com/.well-known/cf-custom-hostname-challenge/' || $1 || ' true'", id));
	cr_assert_str_eq(sql_value(GET " #> '{ssl,dcv_delegation_records}'", zone, id),
	    sql_value("select jsonb_build_array(jsonb_build_object('cname', '_acme-challenge.shop.customer.com',"
	    " 'cname_target', 'shop.customer.com.' || dcv_delegation_id || '.dcv.saas.net', 'status', 'pending'))"
	    " from certwright.zone where id = $1::uuid", zone));
	cr_assert_not_null(strstr(sql_value(GET, zone, id), "Z\""));
}

Test(interface, a_new_hostname_and_its_pack_are_due_at_once)
{
	const char *zone = sql_zone("{\"key_types\":[\"p256\"]}");
	const char *id = sql_hostname(zone, TXT);

	cr_assert_str_eq(sql_value(JOB " and flow = 'hostname'", id), "t");
	cr_assert_str_eq(sql_value(JOB " and flow = 'certificate'", sql_pack(id)), "t");
	cr_assert_str_eq(sql_value("select key_types from certwright.certificate"), "{p256}");
}

Test(interface, ssl_left_out_means_a_hostname_without_a_certificate)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"ssl\":null}");

	cr_assert_str_eq(sql_value("select certwright.get_custom_hostname($1::uuid, $2::uuid) ? 'ssl'", zone, id), "f");
	cr_assert_eq(sql_number("select count(*) from certwright.job"), 1);
	sql_do(EDIT, zone, id, SAME);
	cr_assert_str_eq(sql_value(JOB, sql_pack(id)), "t");
	cr_assert_str_eq(sql_value("select ssl from certwright.custom_hostname"), "t");
}

Test(interface, tokens_are_shown_while_they_have_to_be_published)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone,
	    "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\",\"wildcard\":true}}");
	const char *pack = sql_pack(id);

	sql_do("insert into certwright.issuance (certificate_id, key_type) values ($1::uuid, 'p256')", pack);
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status)"
	    " select $1::uuid, 'p256', 'shop.customer.com', w, 'https://ca/', m, 't', 'k', case when w then 'v2' else 'v1' end,"
	    " 'pending' from unnest('{f,t}'::boolean[]) w, unnest('{http,txt}'::text[]) m where not w or m = 'txt'", pack);
	sql_do("update certwright.certificate set status = 'pending_validation'");
	cr_assert_str_eq(sql_value(GET " #> '{ssl,validation_records}'", zone, id),
	    "[{\"status\": \"pending\", \"txt_name\": \"_acme-challenge.shop.customer.com\", \"txt_value\": \"v1\"},"
	    " {\"status\": \"pending\", \"txt_name\": \"_acme-challenge.shop.customer.com\", \"txt_value\": \"v2\"}]");
	sql_do("update certwright.certificate set method = 'http'");
	cr_assert_str_eq(sql_value(GET " #> '{ssl,validation_records}'", zone, id),
	    "[{\"status\": \"pending\", \"http_url\": \"http://shop.customer.com/.well-known/acme-challenge/t\","
	    " \"http_body\": \"k\"}]");
	sql_do("update certwright.certificate set status = 'active'");
	cr_assert_str_eq(sql_value(GET " #> '{ssl,validation_records}'", zone, id), "");
}

Test(interface, an_active_certificate_shows_what_it_is)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT);

	sql_do("insert into certwright.issuance (certificate_id, key_type, private_key, csr, chain, serial_number, issuer,"
	    " signature, not_before, not_after, uploaded_at) select $1::uuid, k, '\\x00', 'csr', 'PEM', n, 'CA', 'sig',"
	    " '2026-01-01Z', '2026-04-01Z', '2026-01-01 00:00:00.25Z'"
	    " from (values ('rsa2048'::certwright.key_type, '2'), ('p256', '1')) v (k, n)", sql_pack(id));
	sql_do("update certwright.certificate set status = 'active'");
	cr_assert_str_eq(sql_value("select (certwright.get_custom_hostname($1::uuid, $2::uuid) -> 'ssl')"
	    " - '{id,settings,type,method,wildcard,bundle_method,certificate_authority}'::text[]", zone, id),
	    "{\"hosts\": [\"shop.customer.com\"], \"issuer\": \"CA\", \"status\": \"active\", \"signature\": \"sig\","
	    " \"expires_on\": \"2026-04-01T00:00:00.000000Z\", \"uploaded_on\": \"2026-01-01T00:00:00.250000Z\","
	    " \"serial_number\": \"1\"}");
}

Test(interface, a_hostname_of_another_zone_is_not_found)
{
	const char *zone = sql_zone("{}"), *other = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT);

	cr_assert_str_eq(sql_refusal(GET, other, id), "X1436");
	cr_assert_str_eq(sql_refusal(EDIT, other, id, "{}"), "X1436");
	cr_assert_str_eq(sql_refusal(DELETE, other, id), "X1436");
	cr_assert_str_eq(sql_refusal("select * from certwright.dns_instructions($1::uuid, $2::uuid)", other, id), "X1436");
	cr_assert_str_eq(sql_refusal("select certwright.create_custom_hostname(gen_random_uuid(), '{}')"), "X1402");
}

/* ---- edit and refresh ------------------------------------------------------- */

/* As the daemon would have left it after some failures. */
static void
is_far_in_its_schedule(const char *subject)
{
	sql_do("update certwright.job set attempts = 30, run_at = certwright.clock_now() + interval '4 hours'"
	    " where subject = $1::uuid", subject);
}

Test(interface, repeating_ssl_checks_now_and_restarts_both_schedules)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT), *pack = sql_pack(id);

	sql_do("update certwright.certificate set status = 'pending_validation'");
	is_far_in_its_schedule(id);
	is_far_in_its_schedule(pack);
	sql_do(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1}}");
	cr_assert_str_eq(sql_value(JOB, id), "f", "metadata alone is no refresh");
	sql_do(EDIT, zone, id, SAME);
	cr_assert_str_eq(sql_value(JOB, id), "t");
	cr_assert_str_eq(sql_value(JOB, pack), "t");
	cr_assert_str_eq(sql_value("select status from certwright.certificate"), "pending_validation");
	cr_assert_eq(events("custom_hostname.refreshed"), 1);
	cr_assert_str_eq(sql_value(GET " -> 'custom_metadata'", zone, id), "{\"a\": 1}");
}

Test(interface, refresh_custom_hostname_does_the_same_without_a_certificate)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");

	is_far_in_its_schedule(id);
	sql_do("select certwright.refresh_custom_hostname($1::uuid, $2::uuid)", zone, id);
	cr_assert_str_eq(sql_value(JOB, id), "t");
}

Test(interface, what_was_moved_or_deleted_is_pending_again_after_any_edit)
{
	static const char *const ended[] = { "moved", "deleted" };
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT), *pack = sql_pack(id);

	for (size_t i = 0; i < 2; i++) {
		sql_do("delete from certwright.job");
		sql_do("update certwright.custom_hostname set status = 'moved'");
		sql_do("update certwright.custom_hostname set status = $1::certwright.hostname_status, error = 'x', code = 'x'",
		    ended[i]);
		sql_do("update certwright.certificate set status = 'deleted'");
		sql_do(EDIT, zone, id, "{\"custom_origin_server\":null}");
		cr_assert_str_eq(sql_value("select status || coalesce(code, '') || coalesce(error, '')"
		    " from certwright.custom_hostname"), "pending");
		cr_assert_str_eq(sql_value(JOB, id), "t");
		cr_assert_str_eq(sql_value("select status from certwright.certificate"), "initializing");
		cr_assert_str_eq(sql_value(JOB, pack), "t");
	}
}

static const struct refreshed_pack {
	const char *from, *to;
	bool is_due;
} refreshed_packs[] = {
	{ "initializing", "initializing", true },
	{ "pending_validation", "pending_validation", true },
	{ "pending_issuance", "pending_issuance", true },
	{ "pending_deployment", "pending_deployment", true },
	{ "active", "active", false },
	{ "initializing_timed_out", "initializing", true },
	{ "validation_timed_out", "initializing", true },
	{ "issuance_timed_out", "initializing", true },
	{ "deployment_timed_out", "pending_deployment", true },
	{ "pending_deletion", "initializing", true },
	{ "deletion_timed_out", "initializing", true },
	{ "deleted", "initializing", true },
};

Test(interface, a_refreshed_pack_goes_on_or_begins_anew)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT);

	for (size_t i = 0; i < sizeof refreshed_packs / sizeof refreshed_packs[0]; i++) {
		const struct refreshed_pack *p = &refreshed_packs[i];

		sql_do("delete from certwright.job");
		sql_do("update certwright.certificate set status = $1::certwright.ssl_status", p->from);
		sql_do(EDIT, zone, id, SAME);
		cr_expect_str_eq(sql_value("select status from certwright.certificate"), p->to, "%s", p->from);
		cr_expect_eq(sql_number("select count(*) from certwright.job where flow = 'certificate'"), p->is_due,
		    "%s", p->from);
	}
}

static const struct edited_ssl {
	const char *ssl;
	bool is_reissued;
	bool is_read_again;	/* the same orders have tokens of the other method */
} edited_ssl[] = {
	{ "{\"method\":\"http\",\"type\":\"dv\"}", .is_read_again = true },
	{ "{\"settings\":{\"http2\":\"off\"}}", .is_reissued = false },
	{ "{\"bundle_method\":\"force\"}", .is_reissued = false },
	{ "{\"method\":\"txt\",\"type\":\"dv\",\"certificate_authority\":\"lets_encrypt\"}", .is_reissued = true },
	{ "{\"wildcard\":true}", .is_reissued = true },
	{ "{\"cloudflare_branding\":true}", .is_reissued = true },
	{ "{\"wildcard\":true}", .is_reissued = false },
};

Test(interface, what_certificates_depend_on_needs_new_ones)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT), *pack = sql_pack(id);

	sql_do("select certwright.put_setting('branding_name', 'sni.saas.net')");
	for (size_t i = 0; i < sizeof edited_ssl / sizeof edited_ssl[0]; i++) {
		long version = sql_number("select version from certwright.certificate");

		sql_do("update certwright.certificate set status = 'pending_validation'");
		sql_do("insert into certwright.issuance (certificate_id, key_type, order_url)"
		    " values ($1::uuid, 'p256', 'https://ca/') on conflict do nothing", pack);
		sql_do(EDIT, zone, id, sql_value("select jsonb_build_object('ssl', $1::jsonb)", edited_ssl[i].ssl));
		cr_expect_eq(sql_number("select count(*) from certwright.issuance"), !edited_ssl[i].is_reissued, "%s",
		    edited_ssl[i].ssl);
		cr_expect_eq(sql_number("select version from certwright.certificate"), version +
		    (edited_ssl[i].is_reissued || edited_ssl[i].is_read_again), "%s", edited_ssl[i].ssl);
	}
	cr_assert_str_eq(sql_value("select method || wanted_authority || wildcard || bundle_method || settings"
	    " from certwright.certificate"),
	    "txtlets_encrypttrueforce{\"http2\": \"off\", \"min_tls_version\": \"1.0\"}");
}

Test(interface, edits_are_refused_like_creations_and_change_nothing_then)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT), *before = sql_value(GET, zone, id);

	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"hostname\":\"other.customer.com\"}"), "X1439");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_metadata\":{},\"colour\":1}"), "X1400");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_metadata\":{},\"ssl\":{\"method\":\"txt\"}}"), "X1440");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id,
	    "{\"custom_metadata\":{},\"ssl\":{\"settings\":{\"ciphers\":[\"AES128-SHA\"],\"min_tls_version\":\"1.3\"}}}"),
	    "X1443");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_metadata\":{\"a\":1},\"ssl\":{\"wildcard\":true}}"), "X1412");
	cr_assert_str_eq(sql_value(GET, zone, id), before);
	/* The same name is no change: a body may be sent twice. */
	sql_do(EDIT, zone, id, TXT);
}

Test(interface, null_takes_a_value_away)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"custom_metadata\":{\"a\":1},"
	    "\"custom_origin_server\":\"O.saas.net\",\"custom_origin_sni\":\":request_host_header:\"}");

	cr_assert_str_eq(sql_value(GET " ->> 'custom_origin_server'", zone, id), "o.saas.net");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, "{\"custom_origin_server\":null}"), "X1400");
	sql_do(EDIT, zone, id, "{\"custom_metadata\":null,\"custom_origin_server\":null,\"custom_origin_sni\":null}");
	cr_assert_str_eq(sql_value("select h ?| '{custom_metadata,custom_origin_server,custom_origin_sni}'"
	    " from certwright.get_custom_hostname($1::uuid, $2::uuid) h", zone, id), "f");
}

/* ---- delete ----------------------------------------------------------------- */

Test(interface, a_deleted_name_is_free_at_once_and_never_gets_its_value_again)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT), *pack = sql_pack(id), *again;

	cr_assert_str_eq(sql_value(DELETE, zone, id), sql_value("select jsonb_build_object('id', $1::text)", id));
	cr_assert_str_eq(sql_refusal(GET, zone, id), "X1436");
	cr_assert_str_eq(sql_refusal(EDIT, zone, id, SAME), "X1436");
	cr_assert_str_eq(sql_refusal(DELETE, zone, id), "X1436");
	cr_assert_eq(sql_number("select count(*) from certwright.hostname_overview"), 0);
	cr_assert_str_eq(sql_value("select status from certwright.certificate"), "pending_deletion");
	cr_assert_str_eq(sql_value(JOB, pack), "t");
	cr_assert_eq(sql_number("select count(*) from certwright.job where subject = $1::uuid", id), 0);
	cr_assert_eq(events("custom_hostname.deleted"), 1);
	again = sql_hostname(zone, TXT);
	cr_assert_str_neq(again, id);
	cr_assert_eq(sql_number("select count(distinct ownership_value) from certwright.custom_hostname"), 2);
	cr_assert_str_neq(sql_pack(again), pack);
}

Test(interface, a_hostname_that_was_moved_too_long_keeps_its_name)
{
	const char *zone = sql_zone("{}");
	const char *id = sql_hostname(zone, TXT);

	sql_do("update certwright.custom_hostname set status = 'moved'");
	sql_do("update certwright.custom_hostname set status = 'deleted'");
	cr_assert_str_eq(sql_value(GET " ->> 'status'", zone, id), "deleted");
	cr_assert_str_eq(sql_refusal("select certwright.create_custom_hostname($1::uuid, $2::jsonb)", zone, TXT), "X1406");
	sql_do(DELETE, zone, id);
	cr_assert_eq(events("custom_hostname.deleted"), 0, "it was told before");
	sql_hostname(zone, TXT);
}

/* ---- holds ------------------------------------------------------------------ */

Test(interface, a_held_name_is_blocked_until_it_is_refreshed_after_the_hold)
{
	const char *zone = sql_zone("{}");
	const char *id;

	sql_do("select certwright.hold_name('Customer.com', true, 'asked by its owner')");
	id = sql_hostname(zone, TXT);
	cr_assert_str_eq(sql_value(GET " -> 'verification_errors' ->> 0", zone, id), "The hostname is associated with a held"
	    " zone. Please contact the owner of this domain to have the hold removed.");
	cr_assert_eq(events("custom_hostname.blocked"), 1);
	cr_assert_eq(sql_number("select count(*) from certwright.job"), 0, "it is not tried");
	sql_do(EDIT, zone, id, SAME);
	cr_assert_str_eq(sql_value("select status from certwright.custom_hostname"), "blocked");
	cr_assert_eq(sql_number("select count(*) from certwright.job"), 0);
	cr_assert_eq(events("custom_hostname.blocked"), 1);
	sql_do("select certwright.release_name('customer.com')");
	cr_assert_str_eq(sql_value("select status from certwright.custom_hostname"), "blocked");
	sql_do(EDIT, zone, id, SAME);
	cr_assert_str_eq(sql_value("select status from certwright.custom_hostname"), "pending");
	cr_assert_eq(sql_number("select count(*) from certwright.job"), 2);
}

Test(interface, a_hold_blocks_who_waits_but_not_who_has_the_name)
{
	const char *zone = sql_zone("{}"), *other = sql_zone("{}");

	sql_hostname(zone, TXT);
	sql_do("update certwright.custom_hostname set status = 'active'");
	sql_hostname(other, TXT);
	sql_hostname(other, "{\"hostname\":\"a.shop.customer.com\"}");
	sql_hostname(other, "{\"hostname\":\"workshop.customer.com\"}");
	sql_do("select certwright.hold_name('shop.customer.com', false, null)");
	cr_assert_str_eq(sql_value("select string_agg(status::text, ' ' order by created_at)"
	    " from certwright.custom_hostname"), "active blocked pending pending");
	cr_assert_str_eq(sql_value("select string_agg((h.zone_id = $1::uuid or j.subject is null)::text, ' ' order by h.created_at)"
	    " from certwright.certificate c join certwright.custom_hostname h on h.id = c.custom_hostname_id"
	    " left join certwright.job j on j.subject = c.id", zone), "true true", "who is blocked orders nothing");
	sql_hostname(other, "{\"hostname\":\"b.shop.customer.com\"}");
	cr_assert_str_eq(sql_value("select status from certwright.custom_hostname order by created_at desc limit 1"),
	    "pending", "names below are not held");
	sql_do("select certwright.hold_name('shop.customer.com', true, null)");
	cr_assert_str_eq(sql_value("select string_agg(status::text, ' ' order by created_at)"
	    " from certwright.custom_hostname"), "active blocked blocked pending blocked");
}

/* ---- what to publish -------------------------------------------------------- */

#define FINDINGS "[{\"purpose\":\"routing\",\"code\":\"wrong_target\",\"where\":\"shop.customer.com\"," \
	"\"expected\":\"CNAME edge.saas.net\",\"found\":[\"CNAME elsewhere.net\"],\"fix\":\"point it here\"}," \
	"{\"purpose\":\"ownership\",\"code\":\"value_wrong\",\"found\":[\"TXT another\"],\"fix\":\"mend it\"}]"

Test(interface, dns_instructions_say_what_where_and_how)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"edge.saas.net\"]}");
	const char *id;

	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	id = sql_hostname(zone, TXT);
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', purpose, type, name, state), E'\\n' order by purpose)"
	    " from certwright.dns_instructions($1::uuid, $2::uuid)", zone, id),
	    "delegation CNAME _acme-challenge.shop.customer.com required\n"
	    "ownership TXT _cf-custom-hostname.shop.customer.com required\n"
	    "routing CNAME shop.customer.com required");
	cr_assert_str_eq(sql_value("select fix from certwright.dns_instructions($1::uuid, $2::uuid) where purpose = 'routing'",
	    zone, id), "at the DNS provider of customer.com, add a record of type CNAME with the name shop.customer.com"
	    " and the value edge.saas.net");
	sql_do("update certwright.custom_hostname set status = 'active', points_here = true");
	sql_do("update certwright.certificate set status = 'active'");
	sql_do("update certwright.custom_hostname set findings = $1::json", FINDINGS);
	cr_assert_str_eq(sql_value("select string_agg(concat_ws(' ', purpose, state, found), E'\\n' order by purpose)"
	    " from certwright.dns_instructions($1::uuid, $2::uuid)", zone, id),
	    "delegation satisfied {}\n"
	    "ownership obsolete {\"TXT another\"}\n"
	    "routing satisfied {\"CNAME elsewhere.net\"}");
	cr_assert_str_eq(sql_value("select fix from certwright.dns_instructions($1::uuid, $2::uuid) where purpose = 'routing'",
	    zone, id), "point it here", "the last look's advice goes before the general one");
	cr_assert_str_eq(sql_value("select fix from certwright.dns_instructions($1::uuid, $2::uuid) where purpose = 'ownership'",
	    zone, id), "this record is not needed any more and may be removed");
}

Test(interface, an_apex_is_told_addresses_because_it_cannot_have_a_cname)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"edge.saas.net\"],\"apex_prefixes\":[\"192.0.2.0/24\"]}");
	const char *apex = sql_hostname(zone, "{\"hostname\":\"customer.co.uk\"}");
	const char *below = sql_hostname(zone, "{\"hostname\":\"www.customer.co.uk\"}");

	cr_assert_str_eq(sql_value("select type || ' ' || value from certwright.dns_instructions($1::uuid, $2::uuid)"
	    " where purpose = 'routing'", zone, apex), "A an address in 192.0.2.0/24");
	cr_assert_str_eq(sql_value("select type || ' ' || value from certwright.dns_instructions($1::uuid, $2::uuid)"
	    " where purpose = 'routing'", zone, below), "CNAME edge.saas.net");
}

Test(interface, a_wildcard_target_gives_each_hostname_a_name_of_its_own)
{
	const char *zone = sql_zone("{\"cname_targets\":[\"*.customers.saas.net\"]}");
	const char *id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");

	cr_assert_str_eq(sql_value("select value from certwright.dns_instructions($1::uuid, $2::uuid)"
	    " where purpose = 'routing'", zone, id), "shop-customer-com.customers.saas.net");
}
