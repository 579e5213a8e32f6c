/* The certificate flow with a CA whose orders do not come to an end, in virtual
 * time: it is asked a few dozen times an hour, and left after one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "acme/certificate.h"
#include "acme/pack.h"

enum { NOW = 1800000000, HOURS = 3 };

#define AUTHORITY "{\"id\":\"ca-id\",\"name\":\"lets_encrypt\",\"directory\":\"https://ca/dir\"," \
	"\"account_key\":\"a2V5\",\"identities\":[\"letsencrypt.org\"]}"

struct play {
	const char *name, *says[3];	/* in turn; NULL as the first: finalize is not ready, the order is */
	const char *code;		/* why the order was given up */
};

static struct verdict
step_once(struct arena *a, const struct play *play, int turn, int64_t now, const char *status)
{
	const char *part = arena_printf(a, "{\"order_url\":\"https://ca/o\",\"order_status\":\"%s\",\"finalize_url\":\"https://ca/f\","
	    "\"has_key\":true,\"csr\":\"AA\",\"expires\":%d}", status, NOW + 7 * 86400);
	const char *values[25] = { "a.test", "false", "http", "1", NULL, "80", "", AUTHORITY, NULL, "0", part, NULL,
		"true", NULL, NULL, "true", NULL, NULL, NULL, NULL };
	struct job job = { .id = "pack", .now = now, .since = NOW, .retries = 75, .state = "pending_issuance",
		.arena = a, .row = pack_load(a, values) };
	const struct step *step = flow_step(&certificate_flow, job.state);
	const char *says = play->says[0] != NULL ? play->says[turn % 3] : "ready";
	struct acme_order order = { .url = "https://ca/o", .status = says, .finalize = "https://ca/f" };
	struct acme_answer acme = { .order = arena_memdup(a, &order, sizeof order) };
	struct answer answer[MAX_QUESTIONS] = { { .detail = arena_memdup(a, &acme, sizeof acme) } };
	struct questions q = { 0 };

	step->ask(&job, &q);
	cr_assert_eq(q.count, 1);
	if (play->says[0] == NULL && ((const struct acme_question *)q.list[0].detail)->act == ACME_FINALIZE)
		answer[0] = (struct answer){ .err = { .code = "acme_order_not_ready", .detail = "lets_encrypt: no", .blame = BLAME_CA } };
	return step->tell(&job, answer);
}

static void
play_out(const struct play *play)
{
	char status[32] = "ready";
	struct verdict v = { .verb = WAIT };
	int64_t now = NOW;
	int asked = 0;

	while (v.verb == WAIT && now < NOW + HOURS * 3600 && asked < 1000) {
		auto_arena *a = arena_new(1 << 20);

		v = step_once(a, play, asked++, now, status);
		for (size_t i = 0; i < v.change_count; i++)
			if (strcmp(v.changes[i].name, "order_status") == 0)
				snprintf(status, sizeof status, "%s", v.changes[i].value);
		now += v.wait;
		if (v.verb != WAIT) {
			cr_assert_str_eq(v.err.code, play->code, "%s: %s", play->name, v.err.code);
			cr_assert_eq(strncmp(v.err.detail, "lets_encrypt: ", 14), 0, "%s: %s", play->name, v.err.detail);
		}
	}
	cr_assert_neq(v.verb, WAIT, "%s: still waiting after %d requests and %lld s", play->name, asked, (long long)(now - NOW));
	cr_assert_str_eq(v.next, "pending_validation", "%s", play->name);
	cr_assert_leq(asked, 100, "%s: %d requests", play->name, asked);
}

Test(certificate_hostile, an_order_that_comes_to_no_end_is_given_up)
{
	static const struct play plays[] = {
		{ "processing for ever", { "processing", "processing", "processing" }, "acme_undecided" },
		{ "ready for ever", { "ready", "ready", "ready" }, "acme_undecided" },
		{ "ready, but not ready to be finalized", { NULL }, "acme_undecided" },
		{ "back to pending", { "processing", "pending", "pending" }, "acme_protocol" },
		{ "to and fro", { "processing", "ready", "processing" }, "acme_protocol" },
	};

	for (size_t i = 0; i < sizeof plays / sizeof plays[0]; i++)
		play_out(&plays[i]);
}
