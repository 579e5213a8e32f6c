/* The tables in C and the ones in SQL say the same. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "acme/authority.h"
#include "acme/certificate.h"
#include "dcv/hostname.h"
#include "dcv/origin.h"
#include "dcv/publication.h"
#include "io/pg.h"
#include "tests/kit/pg.h"
#include "webhooks/delivery.h"

static const struct flow *const flows[] = { &hostname_flow, &certificate_flow, &delivery_flow,
	&origin_flow, &authority_flow, &publication_flow };
static const char *const types[] = { "hostname_status", "ssl_status", "delivery_state", "origin_status",
	"authority_state", "publication_status" };
static char *database;
static struct pg_session *session;

static void
up(void)
{
	struct err err = { 0 };

	database = pg_kit_database();
	session = pg_session_open(database, &err);
	cr_assert_not_null(session, "%s", err.detail);
}

static void
down(void)
{
	pg_session_close(session);
	pg_kit_drop(database);
}

TestSuite(edges, .init = up, .fini = down);

static PGresult *
call(const char *sql, const char *a, const char *b, const char *c)
{
	struct pg_args *args = pg_args_new();
	const char *const all[] = { a, b, c };
	char state[6];
	struct err err = { 0 };
	PGresult *r;

	for (size_t i = 0; i < 3 && all[i] != NULL; i++)
		pg_add_text(args, all[i]);
	r = pg_session_call(session, sql, args, state, &err);
	cr_assert_not_null(r, "%s: %s", sql, err.detail);
	return r;
}

Test(edges, every_edge_of_a_flow_is_known_to_sql_and_the_other_way_round)
{
	size_t count = 0;
	auto_result *all = call("select flow, state, next from certwright.flow_edges()", NULL, NULL, NULL);

	for (size_t f = 0; f < 6; f++)
		for (const struct step *s = flows[f]->steps; s->state != NULL; s++)
			for (size_t n = 0; n < MAX_NEXT && s->next[n] != NULL; n++) {
				auto_result *r = call("select from certwright.flow_edges() "
				    "where flow::text = $1 and state = $2 and next = $3",
				    flows[f]->name, s->state, s->next[n]);

				cr_expect_eq(PQntuples(r), 1, "%s: %s to %s", flows[f]->name,
				    s->state, s->next[n]);
				count++;
			}
	cr_expect_eq((size_t)PQntuples(all), count, "SQL knows %d edges, C %zu", PQntuples(all), count);
}

Test(edges, every_state_of_a_flow_is_a_status_of_its_row)
{
	for (size_t f = 0; f < 6; f++)
		for (const struct step *s = flows[f]->steps; s->state != NULL; s++) {
			auto_result *r = call("select from pg_enum e join pg_type t on t.oid = e.enumtypid "
			    "where t.typname = $1 and e.enumlabel = $2", types[f], s->state, NULL);

			cr_expect_eq(PQntuples(r), 1, "%s has no %s", types[f], s->state);
		}
}

Test(edges, the_columns_of_due_are_those_that_a_flow_reads)
{
	for (size_t f = 0; f < 6; f++) {
		char sql[200];

		snprintf(sql, sizeof sql,
		    "select * from certwright.due_%s(0, '{0}', '{NULL}', '{NULL}', 1)", flows[f]->name);
		auto_result *r = call(sql, NULL, NULL, NULL);
		int n = 0;

		for (; flows[f]->columns[n] != NULL; n++)
			cr_expect_str_eq(PQfname(r, 10 + n), flows[f]->columns[n]);
		cr_expect_eq(PQnfields(r), 10 + n);
	}
}
