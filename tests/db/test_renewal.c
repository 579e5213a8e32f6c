/* The successor of a pack that is served: how it is asked for, and what the
 * provider sees of it meanwhile. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/db/sql.h"

TestSuite(renewal, .init = sql_up, .fini = sql_down, .timeout = 60);

#define GET "select certwright.get_custom_hostname($1::uuid, $2::uuid)"
#define RENEW "select certwright.renew_custom_hostname($1::uuid, $2::uuid)"
#define RENEWAL "select concat_ws(' ', r ->> 'status', r ->> 'certificate_authority', r ->> 'attempts', r ->> 'last_error')" \
	" from certwright.renewal_of($1::uuid) r"
#define INSTRUCTIONS "select string_agg(concat_ws(' ', purpose, state, replace(value," \
	" (select dcv_delegation_id from certwright.zone where id = $1::uuid), 'd')), ', ' order by purpose, value)" \
	" from certwright.dns_instructions($1::uuid, $2::uuid) where purpose in ('certificate', 'delegation')"

static const char *zone, *id, *pack;

/* A hostname by TXT with a pack that is served. */
static void
served(void)
{
	sql_do("insert into certwright.certificate_authority (name, directory, account_key) values ('own', 'https://ca/', 'x')");
	sql_do("select certwright.put_setting('dcv_domain', 'dcv.saas.net')");
	zone = sql_zone("{}");
	id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\",\"ssl\":{\"method\":\"txt\",\"type\":\"dv\"}}");
	pack = sql_pack(id);
	sql_do("update certwright.certificate set status = 'active'");
	sql_do("update certwright.job set run_at = certwright.clock_now() + interval '1 hour'");
}

static const char *
successor(void)
{
	return sql_value("select id from certwright.certificate where successor_of = $1::uuid", pack);
}

/* It has got an order, and a token that nobody has published yet. */
static void
token_is_wanted(const char *of, const char *value)
{
	sql_do("update certwright.certificate set status = 'pending_validation',"
	    " authority_id = (select id from certwright.certificate_authority) where id = $1::uuid", of);
	sql_do("insert into certwright.issuance (certificate_id, key_type, order_url) values ($1::uuid, 'p256', 'https://ca/1')", of);
	sql_do("insert into certwright.challenge (certificate_id, key_type, identifier, wildcard, url, method, token,"
	    " key_authorization, txt_value, status) values ($1::uuid, 'p256', 'shop.customer.com', false, 'https://ca/', 'txt',"
	    " 't', 'k', $2, 'pending')", of, value);
}

Test(renewal, the_live_pack_serves_while_its_successor_is_due_at_once)
{
	served();
	cr_expect_str_eq(sql_value(RENEW " #>> '{ssl,status}'", zone, id), "active");
	cr_expect_str_eq(sql_value(RENEW " #>> '{ssl,id}'", zone, id), pack);
	cr_expect_str_eq(sql_value("select count(*) || ' ' || bool_and(run_at <= certwright.clock_now()) from certwright.job"
	    " where subject = $1::uuid", successor()), "1 true");
	cr_expect_eq(sql_number("select count(*) from certwright.certificate"), 2, "asked twice, ordered once");
}

Test(renewal, who_asks_again_begins_the_schedule_of_the_successor_anew)
{
	served();
	sql_do(RENEW, zone, id);
	token_is_wanted(successor(), "v");
	sql_do("update certwright.job set attempts = 9, run_at = certwright.clock_now() + interval '4 hours' where subject = $1::uuid",
	    successor());
	sql_do(RENEW, zone, id);
	cr_expect_str_eq(sql_value("select attempts || ' ' || (run_at <= certwright.clock_now()) from certwright.job"
	    " where subject = $1::uuid", successor()), "0 true");
	cr_expect_eq(sql_number("select count(*) from certwright.challenge"), 1, "its order goes on");
}

Test(renewal, what_is_not_served_yet_goes_on_instead)
{
	served();
	sql_do("update certwright.certificate set status = 'pending_validation'");
	sql_do(RENEW, zone, id);
	cr_expect_str_eq(successor(), "");
	cr_expect_str_eq(sql_value("select run_at <= certwright.clock_now() from certwright.job where subject = $1::uuid", pack), "t");
}

Test(renewal, without_a_certificate_there_is_nothing_to_renew)
{
	zone = sql_zone("{}");
	id = sql_hostname(zone, "{\"hostname\":\"shop.customer.com\"}");
	cr_expect_str_eq(sql_refusal(RENEW, zone, id), "X1434");
	cr_expect_str_eq(sql_hint(), "the hostname has no certificate");
	cr_expect_str_eq(sql_refusal(RENEW, sql_zone("{}"), id), "X1436");
	cr_expect_str_eq(sql_value(RENEWAL, id), "");
}

Test(renewal, the_provider_sees_how_it_goes)
{
	served();
	cr_expect_str_eq(sql_value(RENEWAL, id), "");
	sql_do(RENEW, zone, id);
	cr_expect_str_eq(sql_value(RENEWAL, id), "initializing  0");
	token_is_wanted(successor(), "v");
	sql_do("update certwright.certificate set error = 'not found' where id = $1::uuid", successor());
	sql_do("update certwright.job set attempts = 3 where subject = $1::uuid", successor());
	cr_expect_str_eq(sql_value(RENEWAL, id), "pending_validation own 3 not found");
}

Test(renewal, tokens_of_the_successor_are_shown_as_long_as_they_are_wanted)
{
	const char *next;

	served();
	cr_expect_str_eq(sql_value(GET " -> 'ssl' ? 'validation_records'", zone, id), "f");
	sql_do(RENEW, zone, id);
	next = successor();
	token_is_wanted(next, "v2");
	cr_expect_str_eq(sql_value(GET " #> '{ssl,validation_records}'", zone, id),
	    "[{\"status\": \"pending\", \"txt_name\": \"_acme-challenge.shop.customer.com\", \"txt_value\": \"v2\"}]");
	cr_expect_str_eq(sql_value(GET " #>> '{ssl,status}'", zone, id), "active");
	sql_do("update certwright.certificate set status = 'pending_issuance' where id = $1::uuid", next);
	cr_expect_str_eq(sql_value(GET " -> 'ssl' ? 'validation_records'", zone, id), "f");
}

Test(renewal, while_the_live_pack_itself_waits_its_own_tokens_are_shown)
{
	served();
	sql_do(RENEW, zone, id);
	token_is_wanted(successor(), "v2");
	token_is_wanted(pack, "v1");
	cr_expect_str_eq(sql_value(GET " #>> '{ssl,validation_records,0,txt_value}'", zone, id), "v1");
}

Test(renewal, what_keeps_the_successor_is_an_error_of_the_hostname_s_certificate)
{
	served();
	sql_do(RENEW, zone, id);
	cr_expect_str_eq(sql_value(GET " -> 'ssl' ? 'validation_errors'", zone, id), "f");
	sql_do("update certwright.certificate set error = 'not found' where id = $1::uuid", successor());
	cr_expect_str_eq(sql_value(GET " #> '{ssl,validation_errors}'", zone, id), "[{\"message\": \"not found\"}]");
}

Test(renewal, instructions_name_the_records_that_the_successor_waits_for)
{
	served();
	cr_expect_str_eq(sql_value(INSTRUCTIONS, zone, id), "delegation satisfied shop.customer.com.d.dcv.saas.net");
	sql_do(RENEW, zone, id);
	token_is_wanted(successor(), "v2");
	cr_expect_str_eq(sql_value(INSTRUCTIONS, zone, id),
	    "certificate required v2, delegation satisfied shop.customer.com.d.dcv.saas.net");
	/* It was looked for, and the delegation is gone. */
	sql_do("update certwright.certificate set error = 'not found' where id = $1::uuid", successor());
	cr_expect_str_eq(sql_value(INSTRUCTIONS, zone, id),
	    "certificate required v2, delegation required shop.customer.com.d.dcv.saas.net");
	sql_do("update certwright.challenge set status = 'valid'");
	sql_do("update certwright.certificate set error = null where id = $1::uuid", successor());
	cr_expect_str_eq(sql_value(INSTRUCTIONS, zone, id),
	    "certificate satisfied v2, delegation satisfied shop.customer.com.d.dcv.saas.net");
}
