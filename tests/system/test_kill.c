/* The daemon is killed, again and again, while it has work. */
#include <criterion/criterion.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/json.h"
#include "tests/system/daemon.h"

enum { HOSTNAMES = 20, KILLS = 20, FIRST_MS = 30, LAST_MS = 700, READY_MS = 60000, STOP_MS = 10000 };

static struct place place;

static void
begin(void)
{
	lab_hold_challenges();
	place = place_make();
	place_add_ca_and_webhook(&place);
}

static void
finish(void)
{
	place_give_back(&place);
}

TestSuite(kill, .init = begin, .fini = finish, .timeout = 300);

/* ---- twenty customers ---------------------------------------------------------- */

static void
add_hostnames(void)
{
	auto_arena *a = arena_new(1 << 16);
	const char *names[HOSTNAMES + 1] = { NULL };

	for (int i = 0; i < HOSTNAMES; i++)
		names[i] = arena_printf(a, "kill%d.customer.test", i);
	lab_call("dns_point", names);
	for (int i = 0; i < HOSTNAMES; i++)
		place_add_hostname(&place, names[i], true);
}

/* ---- twenty kills -------------------------------------------------------------- */

static uint32_t
seed_of_this_run(void)
{
	const char *given = getenv("KILL_SEED");
	uint32_t seed = 0;

	if (given != NULL)
		return (uint32_t)strtoul(given, NULL, 10);
	cr_assert_eq(getrandom(&seed, sizeof seed, 0), (ssize_t)sizeof seed);
	return seed;
}

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* The leases of the killed daemon would end by themselves within 30 seconds.
 * This only saves waiting for that twenty times: it does what time would do. */
static void
let_leases_end(void)
{
	sql_do(place.sql, "update certwright.shard set lease_until = certwright.clock_now()"
	    " where owner is not null", NULL);
	sql_do(place.sql, "update certwright.daemon set seen_at = seen_at - interval '1 minute'", NULL);
}

static void
kill_again_and_again(void)
{
	uint32_t seed = seed_of_this_run();

	cr_log_info("KILL_SEED=%u", seed);
	for (int i = 0; i < KILLS; i++) {
		struct daemon d = daemon_start("kill", place.database, NULL);

		daemon_run_for(&d, FIRST_MS + (int)(next_random(&seed) % (LAST_MS - FIRST_MS)));
		daemon_kill(&d);
		let_leases_end();
	}
}

static void
run_until_all_is_well(void)
{
	struct daemon d = daemon_start("kill", place.database, NULL);
	bool is_well = sql_becomes_true(place.sql,
	    "select (select count(*) = 20 and bool_and(status = 'active' and ssl_status = 'active')"
	    " from certwright.hostname_overview) and not exists ("
	    "select from certwright.delivery_overview where state = 'pending')", NULL, READY_MS);
	auto_result *late = sql_rows(place.sql, "select string_agg(format('%s %s %s %s', hostname, flow, state,"
	    " case when parked then 'parked' else run_at::text end), ', ') from certwright.job_overview"
	    " where run_at < certwright.clock_now() + interval '1 hour' or parked", NULL);

	cr_assert(is_well, "not done: %s", PQgetvalue(late, 0, 0));
	/* All may have been done before it had even begun to listen to signals. */
	cr_assert(sql_becomes_true(place.sql, "select exists (select from certwright.daemon"
	    " where seen_at > certwright.clock_now() - interval '30 seconds')", NULL, READY_MS));
	daemon_stop(&d, STOP_MS);
}

/* ---- what has come of it ------------------------------------------------------- */

/* {"id of an event": how many verified requests came before it} */
static json_t *
read_arrivals(void)
{
	FILE *f = fopen(lab("LAB_SINK_LOG"), "re");
	json_t *arrivals = json_object(), *line;
	char *text = NULL;
	size_t cap = 0;

	cr_assert_not_null(f);
	for (int nth = 0; getline(&text, &cap, f) > 0; nth++) {
		line = json_loads(text, 0, NULL);
		cr_assert_not_null(line, "%s", text);
		if (json_bool(line, "verified", false) && json_object_get(arrivals, json_str(line, "id")) == NULL)
			json_object_set_new(arrivals, json_str(line, "id"), json_integer(nth));
		json_decref(line);
	}
	free(text);
	fclose(f);
	return arrivals;
}

static void
assert_every_event_arrived_in_order(void)
{
	auto_json *arrivals = read_arrivals();
	auto_result *events = sql_rows(place.sql, "select e.id, e.custom_hostname_id, d.state, e.type"
	    " from certwright.event_log e left join certwright.delivery_overview d on d.event_id = e.id"
	    " order by e.custom_hostname_id, e.seq", NULL);
	int count = PQntuples(events);

	/* validated, issued, deployed, and the hostname's own */
	cr_assert_geq(count, HOSTNAMES * 3);
	for (int i = 0; i < count; i++) {
		const char *id = PQgetvalue(events, i, 0);
		bool follows = i > 0 && strcmp(PQgetvalue(events, i, 1), PQgetvalue(events, i - 1, 1)) == 0;

		cr_assert_str_eq(PQgetvalue(events, i, 2), "delivered", "%s", PQgetvalue(events, i, 3));
		cr_assert_not_null(json_object_get(arrivals, id), "%s never came", PQgetvalue(events, i, 3));
		if (follows)
			cr_assert_gt(json_int(arrivals, id, -1), json_int(arrivals, PQgetvalue(events, i - 1, 0), -1),
			    "%s came before %s", PQgetvalue(events, i, 3), PQgetvalue(events, i - 1, 3));
	}
}

static FILE *
open_deployed(const char *hostname, const char *name)
{
	auto_arena *a = arena_new(4096);
	const char *path = arena_printf(a, "%s/by-name/%s/%s", lab("LAB_EDGE_DIRECTORY"), hostname, name);
	FILE *f = fopen(path, "re");

	cr_assert_not_null(f, "%s", path);
	return f;
}

static void
assert_serial(const X509 *certificate, const char *decimal)
{
	BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
	char *text = BN_bn2dec(serial);

	cr_assert_str_eq(text, decimal);
	OPENSSL_free(text);
	BN_free(serial);
}

/* What the edge reads for this name is the certificate that SQL tells of. */
static void
assert_deployed(const char *hostname, const char *key_type, const char *serial)
{
	bool is_ec = strcmp(key_type, "p256") == 0;
	FILE *crt = open_deployed(hostname, is_ec ? "ecdsa.crt" : "rsa.crt");
	FILE *key = open_deployed(hostname, is_ec ? "ecdsa.key" : "rsa.key");
	X509 *certificate = PEM_read_X509(crt, NULL, NULL, NULL);
	EVP_PKEY *private_key = PEM_read_PrivateKey(key, NULL, NULL, NULL);

	cr_assert_not_null(certificate);
	cr_assert_not_null(private_key);
	cr_assert_eq(EVP_PKEY_get_base_id(private_key), is_ec ? EVP_PKEY_EC : EVP_PKEY_RSA);
	cr_assert_eq(X509_check_private_key(certificate, private_key), 1, "%s %s", hostname, key_type);
	cr_assert_eq(X509_check_host(certificate, hostname, 0, 0, NULL), 1, "%s", hostname);
	assert_serial(certificate, serial);
	EVP_PKEY_free(private_key);
	X509_free(certificate);
	fclose(key);
	fclose(crt);
}

static void
assert_every_key_matches(void)
{
	auto_result *rows = sql_rows(place.sql, "select hostname, key_type, serial_number"
	    " from certwright.certificate_overview", NULL);

	cr_assert_eq(PQntuples(rows), 2 * HOSTNAMES);
	for (int i = 0; i < PQntuples(rows); i++)
		assert_deployed(PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2));
}

Test(kill, a_daemon_killed_twenty_times_during_issuance_loses_nothing)
{
	long orders_before = lab_count(lab("LAB_CA_LOG"), "Added order"), orders;

	add_hostnames();
	kill_again_and_again();
	run_until_all_is_well();
	orders = lab_count(lab("LAB_CA_LOG"), "Added order") - orders_before;
	cr_log_info("%ld orders", orders);
	cr_assert_geq(orders, 2 * HOSTNAMES);
	cr_assert_leq(orders, 2 * HOSTNAMES + KILLS, "%ld orders", orders);
	assert_every_event_arrived_in_order();
	assert_every_key_matches();
}
