/* Certificate authorities as the command line changes them: what is stored,
 * what is forgotten, what is refused; and a new account key. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/db/sql.h"
#include "tests/kit/pg.h"

TestSuite(authority, .init = sql_up, .fini = sql_down, .timeout = 60);

#define ADD "select certwright.add_certificate_authority(gen_random_uuid(), $1, $2::jsonb, 'key', $3::bytea) ->> 'id'"
#define EDIT "select certwright.edit_certificate_authority($1, $2::jsonb, null)"
#define SHOW "select certwright.get_certificate_authority('own')::jsonb"
#define OWN "{\"directory\":\"https://ca.test/dir\"}"
#define OTHER "{\"directory\":\"https://other.test/dir\"}"

static const char *
add(const char *name, const char *settings)
{
	return sql_value("select certwright.add_certificate_authority(gen_random_uuid(), $1, $2::jsonb, 'key', null) ->> 'id'",
	    name, settings);
}

/* Two packs at the CA: one is served, the other's name is being proven, by two
 * orders of which the first is ready. */
static void
give_it_packs(const char *ca)
{
	const char *zone = sql_zone("{\"revoke_on_delete\":true}");
	const char *served = sql_pack(sql_hostname(zone, "{\"hostname\":\"served.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}"));
	const char *begun = sql_pack(sql_hostname(zone, "{\"hostname\":\"begun.customer.com\",\"ssl\":{\"method\":\"http\",\"type\":\"dv\"}}"));

	sql_do("update certwright.certificate set authority_id = $1::uuid, status = 'active' where id = $2::uuid", ca, served);
	sql_do("insert into certwright.issuance (certificate_id, key_type, private_key, csr, chain, serial_number, uploaded_at)"
	    " values ($1::uuid, 'p256', 'key', 'csr', 'PEM', '1', certwright.clock_now())", served);
	sql_do("update certwright.certificate set authority_id = $1::uuid, status = 'pending_validation' where id = $2::uuid",
	    ca, begun);
	sql_do("insert into certwright.issuance (certificate_id, key_type, order_url, order_status)"
	    " values ($1::uuid, 'p256', 'https://ca.test/1', 'ready'), ($1::uuid, 'rsa2048', 'https://ca.test/2', 'pending')", begun);
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status) select $1::uuid, k, 'begun.customer.com', false, 'https://ca.test/3', 'http',"
	    " 't', 't.k', 'v', 'pending' from unnest(enum_range(null::certwright.key_type)) k", begun);
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour', attempts = 7, wakes = 0");
}

/* ---- settings --------------------------------------------------------------- */

#define ALL "{\"directory\":\"https://ca.test/dir\",\"directory_rsa\":\"https://ca.test/rsa\",\"trust_file\":\"/t.pem\"," \
	"\"caa_identities\":[\"ca.test\",\"ca2.test\"],\"contact\":\"ops@saas.net\",\"profile\":\"short\"," \
	"\"preferred_chain\":\"Root X\",\"preference\":4,\"token_validity\":43200,\"orders_per_hour\":90," \
	"\"rate_limits\":\"published\",\"enabled\":false,\"eab_kid\":\"kid\"}"
#define BACK "{\"directory_rsa\":null,\"trust_file\":null,\"caa_identities\":null,\"contact\":null,\"profile\":null," \
	"\"preferred_chain\":null,\"preference\":null,\"token_validity\":null,\"orders_per_hour\":null," \
	"\"rate_limits\":\"none\",\"enabled\":null,\"eab_kid\":null}"
#define MEMBERS "'{directory,directory_rsa,trust_file,caa_identities,contact,profile,preferred_chain,preference," \
	"token_validity,orders_per_hour,rate_limits,enabled,eab_kid}'::text[]"
#define GIVEN "select jsonb_object_agg(k, v) from jsonb_each(certwright.get_certificate_authority('own')::jsonb) e (k, v)" \
	" where k = any (" MEMBERS ")"

Test(authority, every_setting_is_stored_and_shown)
{
	sql_do(ADD, "own", ALL, "hmac");
	cr_expect_str_eq(sql_value(GIVEN), sql_value("select $1::jsonb", ALL));
	cr_expect_str_eq(sql_value("select eab_hmac = 'hmac' and account_key = 'key' from certwright.certificate_authority"), "t");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 4);
}

Test(authority, every_setting_is_given_later_and_taken_back)
{
	add("own", OWN);
	sql_do("select certwright.edit_certificate_authority('own', $1::jsonb, 'hmac')", ALL);
	cr_expect_str_eq(sql_value(GIVEN), sql_value("select $1::jsonb", ALL));
	sql_do(EDIT, "own", BACK);
	cr_expect_str_eq(sql_value(GIVEN), "{\"contact\": null, \"eab_kid\": null, \"enabled\": true, \"profile\": null,"
	    " \"directory\": \"https://ca.test/dir\", \"preference\": 100, \"trust_file\": null, \"rate_limits\": \"none\","
	    " \"directory_rsa\": null, \"caa_identities\": [], \"token_validity\": 604800, \"orders_per_hour\": null,"
	    " \"preferred_chain\": null}");
	cr_expect_str_eq(sql_value("select eab_hmac is null and account_key = 'key' from certwright.certificate_authority"), "t");
}

Test(authority, an_edit_keeps_what_it_does_not_name)
{
	sql_do(ADD, "own", ALL, "hmac");
	sql_do(EDIT, "own", "{\"preference\":9}");
	cr_expect_str_eq(sql_value(GIVEN), sql_value("select $1::jsonb || '{\"preference\":9}'", ALL));
	cr_expect_str_eq(sql_value("select eab_hmac from certwright.certificate_authority"), sql_value("select 'hmac'::bytea"));
}

static const struct { const char *name, *settings, *message; } refused[] = {
	{ "own", "{}", "the directory of a certificate authority is an https:// URL" },
	{ "own", "{\"directory\":\"http://ca.test/dir\"}", "the directory of a certificate authority is an https:// URL" },
	{ "own", "{\"directory\":\"https://me@ca.test/dir\"}", "the directory of a certificate authority is an https:// URL" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"directory_rsa\":\"ftp://ca.test\"}",
	  "the directory of a certificate authority is an https:// URL" },
	{ "Own", OWN, "the name of a certificate authority has lower-case letters, digits and underscores, and begins with a letter" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"contact\":\"mailto:a b@saas.net\"}",
	  "the contact of a certificate authority is one mail address, such as ops@example.com" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"contact\":\"a@saas.net,b@saas.net\"}",
	  "the contact of a certificate authority is one mail address, such as ops@example.com" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"preference\":0}",
	  "preference, token validity and orders per hour of a certificate authority are numbers from 1" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"profile\":\"\"}",
	  "a setting of a certificate authority is not empty; none takes it away" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"rate_limits\":\"some\"}", "rate limits are \"published\" or \"none\"" },
	{ "own", "{\"directory\":\"https://ca.test/dir\",\"account_key\":\"x\"}",
	  "a certificate authority has no setting \"account_key\"" },
	{ "ssl_com", OWN, "ssl_com needs a contact: SSL.com issues nothing to an account without a mail address" },
};

Test(authority, what_no_authority_can_be_is_refused_in_a_sentence)
{
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cr_expect_str_eq(sql_refusal("select certwright.add_certificate_authority(gen_random_uuid(), $1, $2::jsonb, 'key', null)",
		    refused[i].name, refused[i].settings), "P0001", "%s", refused[i].settings);
		cr_expect_str_eq(sql_message(), refused[i].message);
	}
	cr_expect_eq(sql_number("select count(*) from certwright.certificate_authority"), 0);
	add("own", OWN);
	sql_refusal("select certwright.add_certificate_authority(gen_random_uuid(), 'own', $1::jsonb, 'key', null)", OWN);
	cr_expect_str_eq(sql_message(), "there is a certificate authority named own already");
	cr_expect_str_eq(sql_refusal(EDIT, "nope", "{}"), "P0002");
}

Test(authority, ssl_com_keeps_its_contact_and_is_edited_without_naming_it)
{
	add("ssl_com", "{\"directory\":\"https://ca.test/dir\",\"contact\":\"ops@saas.net\"}");
	cr_expect_str_eq(sql_refusal(EDIT, "ssl_com", "{\"contact\":null}"), "P0001");
	sql_do(EDIT, "ssl_com", "{\"contact\":\"dev@saas.net\"}");
	sql_do("update certwright.certificate_authority set contact = null");	/* from before it was asked for */
	sql_do(EDIT, "ssl_com", "{\"enabled\":false}");
}

Test(authority, limits_follow_the_directory_to_where_they_are_published_and_are_never_loosened)
{
	add("lets_encrypt", "{\"directory\":\"https://acme-staging-v02.api.letsencrypt.org/directory\"}");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 0);
	sql_do(EDIT, "lets_encrypt", "{\"directory\":\"https://acme-v02.api.letsencrypt.org/directory\"}");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 4);
	sql_do(EDIT, "lets_encrypt", OWN);
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 4);
	sql_do(EDIT, "lets_encrypt", "{\"rate_limits\":\"none\"}");
	cr_expect_eq(sql_number("select count(*) from certwright.rate_limit"), 0);
}

/* ---- another directory -------------------------------------------------------- */

static const char *
broken_one_with_packs(void)
{
	const char *ca = add("own", OWN);

	sql_do("update certwright.certificate_authority set account_url = 'https://ca.test/a',"
	    " new_account_key = 'new', meta = '{}', meta_at = certwright.clock_now(), orders_per_hour = 5");
	for (int i = 0; i < 3; i++)
		sql_do("select certwright.note_authority_failure($1::uuid, $1::uuid, 'acme_unreachable', 'gone', null)", ca);
	sql_do("select certwright.reserve_order($1::uuid, 'served.customer.com', false)", ca);
	give_it_packs(ca);
	return ca;
}

#define LEFT "select concat_ws(' ', account_url, account_url_rsa, meta, meta_at, broken_since, failures, last_error) || (select count(*) from certwright.rate_bucket) from certwright.certificate_authority"
#define PACKS "select string_agg(concat_ws(' ', c.hostname, c.status, c.version, a.name, (select count(*)" \
	" from certwright.issuance i where i.certificate_id = c.id), j.attempts, j.run_at <= certwright.clock_now()), ', '" \
	" order by c.hostname desc) from certwright.certificate c join certwright.job j on j.subject = c.id" \
	" left join certwright.certificate_authority a on a.id = c.authority_id"

Test(authority, at_another_directory_nothing_counts_that_was_said_at_the_last_one)
{
	broken_one_with_packs();
	sql_do(EDIT, "own", OTHER);
	cr_expect_str_eq(sql_value(LEFT), "00");
	cr_expect_str_eq(sql_value("select run_at <= certwright.clock_now() from certwright.job where flow = 'authority'"), "t");
	/* The keys are ours. */
	cr_expect_str_eq(sql_value("select account_key = 'key' and new_account_key = 'new' from certwright.certificate_authority"), "t");
}

Test(authority, at_another_directory_orders_begin_anew_and_certificates_stay)
{
	broken_one_with_packs();
	cr_expect_str_eq(sql_value(PACKS), "served.customer.com active 1 own 1 7 f, begun.customer.com pending_validation 1 own 2 7 f");
	sql_do(EDIT, "own", OTHER);
	cr_expect_str_eq(sql_value(PACKS), "served.customer.com active 1 own 1 7 f, begun.customer.com initializing 2 0 0 t");
}

Test(authority, at_another_directory_for_rsa_the_other_account_stays)
{
	broken_one_with_packs();
	sql_do(EDIT, "own", "{\"directory_rsa\":\"https://ca.test/rsa\"}");
	cr_expect_str_eq(sql_value(LEFT), "https://ca.test/a 00");
	sql_do("update certwright.certificate_authority set account_url_rsa = 'https://ca.test/b'");
	sql_do(EDIT, "own", OTHER);
	cr_expect_str_eq(sql_value(LEFT), "https://ca.test/b 00");
	sql_do(EDIT, "own", "{\"directory_rsa\":null}");
	cr_expect_str_eq(sql_value(LEFT), "00");
}

Test(authority, the_same_directory_again_or_another_setting_changes_nothing_of_that)
{
	const char *before;

	broken_one_with_packs();
	before = sql_value(LEFT);
	cr_expect_not_null(strstr(before, "gone1"), "%s", before);
	sql_do(EDIT, "own", "{\"directory\":\"https://ca.test/dir\",\"directory_rsa\":null,\"contact\":\"ops@saas.net\"}");
	cr_expect_str_eq(sql_value(LEFT), before);
	cr_expect_str_eq(sql_value(PACKS), "served.customer.com active 1 own 1 7 f, begun.customer.com pending_validation 1 own 2 7 f");
	cr_expect_str_eq(sql_value("select run_at > certwright.clock_now() from certwright.job where flow = 'authority'"), "t");
}

Test(authority, who_mends_the_trust_of_a_broken_one_sees_at_once_whether_it_is_back)
{
	broken_one_with_packs();
	sql_do(EDIT, "own", "{\"trust_file\":\"/other.pem\"}");
	cr_expect_str_eq(sql_value("select run_at <= certwright.clock_now() from certwright.job where flow = 'authority'"), "t");
	cr_expect_str_neq(sql_value("select broken_since from certwright.certificate_authority"), "");
}

/* It would refuse the order, or the revocation, of what it did not issue. */
#define DUE(column) "select count(*) from certwright.due_certificate(0, '{0}', '{null}', '{null}', 10) where " column
#define MAKE_DUE "update certwright.job set run_at = certwright.clock_now() - interval '1 s', shard = 0, priority = 0"

Test(authority, another_directory_hears_nothing_of_certificates_that_are_not_its_own)
{
	give_it_packs(add("own", OWN));
	sql_do("select certwright.start_renewal(id) from certwright.certificate where status = 'active'");
	sql_do("update certwright.certificate set authority_id = (select id from certwright.certificate_authority)");
	sql_do(MAKE_DUE);
	cr_expect_eq(sql_number(DUE("replaces is not null")), 1);
	sql_do(EDIT, "own", OTHER);
	sql_do("update certwright.certificate set authority_id = (select id from certwright.certificate_authority)");
	sql_do(MAKE_DUE);
	cr_expect_eq(sql_number(DUE("replaces is not null")), 0);
	sql_do("update certwright.custom_hostname set status = 'deleted', removed_at = certwright.clock_now()"
	    " where hostname = 'served.customer.com'");
	sql_do("update certwright.certificate set status = 'pending_deletion' where status = 'active'");
	cr_expect_eq(sql_number(DUE("revoke = 'true'")), 0);
	sql_do("update certwright.issuance set uploaded_at = certwright.clock_now()");
	cr_expect_eq(sql_number(DUE("revoke = 'true'")), 1);
}

/* ---- removing ------------------------------------------------------------------ */

#define REMOVE "select certwright.remove_certificate_authority('own') ->> 'name'"

Test(authority, one_that_certificates_in_use_came_from_stays_until_they_left_it)
{
	give_it_packs(add("own", OWN));
	sql_refusal(REMOVE);
	cr_expect_str_eq(sql_message(), "own is the certificate authority of 2 certificate packs; it stays until they are"
	    " renewed elsewhere or removed (certwright ca edit own --disabled keeps new orders away)");
	sql_do("update certwright.certificate set status = 'deleted' where status = 'active'");
	sql_refusal(REMOVE);
	cr_expect_not_null(strstr(sql_message(), "of 1 certificate pack;"));
	sql_do("update certwright.certificate set authority_id = null where status <> 'deleted'");
	cr_expect_str_eq(sql_value(REMOVE), "own");
	cr_expect_eq(sql_number("select count(*) from certwright.certificate_authority"), 0);
	cr_expect_str_eq(sql_refusal(REMOVE), "P0002");
}

/* ---- a new account key ---------------------------------------------------------- */

#define BEGIN "select certwright.begin_rollover($1::uuid, 'new')"
#define FINISH "select certwright.finish_rollover($1::uuid, $2::bytea, $3, null)"
#define KEYS "select concat_ws(' ', convert_from(account_key, 'UTF8'), convert_from(new_account_key, 'UTF8'), account_url)" \
	" from certwright.certificate_authority"

Test(authority, a_new_key_is_stored_beside_the_old_one_and_then_takes_its_place)
{
	const char *ca = add("own", OWN);

	cr_expect_str_eq(sql_value("select certwright.rollover_question('own') ->> 'new_account_key'"), "");
	sql_do(BEGIN, ca);
	cr_expect_str_eq(sql_value(KEYS), "key new");
	cr_expect_str_eq(sql_value("select convert_from(decode(certwright.rollover_question('own') ->> 'new_account_key',"
	    " 'base64'), 'UTF8')"), "new");
	cr_expect_str_eq(sql_value(SHOW " ->> 'rollover_begun'"), "true");
	cr_expect_str_eq(sql_refusal(BEGIN, ca), "P0001", "the one that the CA may have been told is not replaced");
	sql_do(FINISH, ca, "new", "https://ca.test/a");
	cr_expect_str_eq(sql_value(KEYS), "new https://ca.test/a");
	cr_expect_str_eq(sql_value(SHOW " ->> 'rollover_begun'"), "false");
}

Test(authority, a_key_that_is_not_the_stored_one_does_not_become_the_account_s)
{
	const char *ca = add("own", OWN);

	sql_do(BEGIN, ca);
	cr_expect_str_eq(sql_refusal(FINISH, ca, "another", "https://ca.test/a"), "P0001");
	cr_expect_str_eq(sql_value(KEYS), "key new");
}

/* The token stands in what is published together with the key. */
Test(authority, with_a_new_key_tokens_are_read_again_where_they_are_not_proven_yet)
{
	const char *ca = add("own", OWN);

	give_it_packs(ca);
	sql_do(BEGIN, ca);
	cr_expect_str_eq(sql_value(FINISH, ca, "new", "https://ca.test/a"), "{\"packs\": 1}");
	cr_expect_str_eq(sql_value(PACKS), "served.customer.com active 1 own 1 7 f, begun.customer.com pending_validation 2 own 2 0 t");
	cr_expect_str_eq(sql_value("select string_agg(concat_ws(' ', key_type, order_url, order_status), ', ' order by key_type)"
	    " from certwright.issuance where order_url is not null"), "p256 https://ca.test/1 ready, rsa2048 https://ca.test/2");
	cr_expect_str_eq(sql_value("select string_agg(key_type || case when voided_at is null then '' else ' void' end, ', ' order by key_type)"
	    " from certwright.challenge"),
	    "p256, rsa2048 void", "what was asked for is told as an old value to whoever publishes it");
}

static PGconn *
connect_again(void)
{
	char conninfo[512];
	PGconn *conn;

	snprintf(conninfo, sizeof conninfo, "%s dbname=%s", pg_kit_conninfo(), sql_value("select current_database()"));
	conn = PQconnectdb(conninfo);
	cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
	return conn;
}

Test(authority, one_changes_the_key_at_a_time)
{
	PGconn *other;
	PGresult *r;

	add("own", OWN);
	other = connect_again();
	r = PQexec(other, "select certwright.rollover_question('own')");
	cr_assert_eq(PQresultStatus(r), PGRES_TUPLES_OK, "%s", PQerrorMessage(other));
	PQclear(r);
	cr_expect_str_eq(sql_refusal("select certwright.rollover_question('own')"), "P0001");
	cr_expect_str_eq(sql_message(), "the account key of own is being changed by somebody else");
	PQfinish(other);
}

/* A verdict about the CA itself comes while one about a pack says something of
 * the CA: each must not wait for what the other has. */
Test(authority, verdicts_about_a_ca_and_about_its_packs_do_not_block_each_other_for_good)
{
	static const char finish[] = "select certwright.finish_authority(d.id, array[a.id], array[s.id], array[s.epoch], '{0}',"
	    " '{healthy}', '{retry}', '{1}', '{0}', '{0}', '{acme_unreachable}', '{x}', '{x}', '{0}', '{t}', '{null}', '{f}',"
	    " '{x}', '{\"{\\\"failed\\\": \\\"x\\\"}\"}') from certwright.certificate_authority a, certwright.daemon d,"
	    " certwright.shard s where s.id = certwright.shard_of(a.id)";
	PGconn *other;
	PGresult *r;
	char pid[16];

	add("own", OWN);
	sql_do("select count(*) from certwright.lease_shards(gen_random_uuid(), 'box:7')");
	sql_do("update certwright.job set wakes = 0");
	other = connect_again();
	snprintf(pid, sizeof pid, "%d", PQbackendPID(other));
	sql_do("begin");
	sql_do("select certwright.lock_authorities()");
	cr_assert(PQsendQuery(other, finish));
	while (sql_number("select cardinality(pg_blocking_pids($1::integer))", pid) == 0)
		cr_assert(PQconsumeInput(other) && PQisBusy(other), "it did not wait");
	sql_do("select certwright.note_authority_failure(id, id, 'acme_unreachable', 'x', null) from certwright.certificate_authority");
	sql_do("commit");
	r = PQgetResult(other);
	cr_expect_eq(PQresultStatus(r), PGRES_TUPLES_OK, "%s", PQerrorMessage(other));
	PQclear(r);
	PQfinish(other);
	cr_expect_eq(sql_number("select failures from certwright.certificate_authority"), 2);
}
