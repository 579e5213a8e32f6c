/*
 * A custom hostname, from insert to active, moved and deleted.
 *
 *   pending -> active <-> active_redeploying
 *      |          |
 *      `-> moved <'-> deleted
 *
 * Any one of four proofs makes it active, and all are looked for in each look.
 * An active hostname is watched: once it has pointed at us, only name servers
 * that say ten times in a row that it does not any more make it moved.
 * Blocked and deleted rest: a refresh wakes them.
 */
#include "dcv/hostname.h"

#include <stdlib.h>
#include <string.h>

#include "dcv/finding.h"

enum { DAY = 86400, MOVED_FOR = 7 * DAY };
enum { WITNESSES = 10 };	/* looks, some twelve minutes, that must agree that it has left */
enum { AGAIN_FOR = 60 };	/* seconds until one whose traffic is expected is looked at */

enum { ADDRESS4, ADDRESS6, OWNERSHIP, PAGE };	/* the questions, in order */

static struct findings *
nothing_found(const struct job *job)
{
	struct findings *f = arena_alloc(job->arena, sizeof *f);

	*f = (struct findings){ .arena = job->arena };
	return f;
}

static const struct finding *
see_routing(const struct job *job, struct findings *f, const struct answer *a)
{
	return finding_routing(f, job->row, &a[ADDRESS4], &a[ADDRESS6]);
}

static bool
is_as_expected(const struct finding *f)
{
	return f->code == NULL;
}

/* Told by the name servers of the domain: a time-out or SERVFAIL proves nothing. */
static bool
is_evidence(const struct finding *f)
{
	return f->code != NULL && f->blame == BLAME_CUSTOMER;
}

static struct err
error_of(const struct finding *f)
{
	return (struct err){ .code = f->code, .detail = f->fix, .blame = f->blame };
}

/* The documented words for a hostname that proves nothing; our own where they
 * would say more than is known. */
static const char *
documented_error(const struct job *job, const struct finding *routing)
{
	const struct hostname *h = job->row;

	if (h->targets[0] == NULL && h->prefixes[0] == NULL)
		return "Zone does not have a fallback origin set.";
	if (!is_evidence(routing))
		return job->attempts < job->retries
		    ? arena_printf(job->arena, "%s. %s", err_sentence(routing->code), routing->fix)
		    : err_sentence(routing->code);	/* nobody looks again */
	if (h->prefixes[0] == NULL)
		return "custom hostname does not CNAME to this zone.";
	if (strstr(routing->code, "address") != NULL)
		return "None of the `A` or `AAAA` records are owned by this account and the "
		    "pre-generated ownership validation token was not found.";
	return "This account and the pre-generated ownership validation token was not found.";
}

/* What this look saw goes to the row, unless it is there already. */
static struct verdict
seen(const struct job *job, struct verdict v, const struct findings *f, bool points)
{
	const struct hostname *h = job->row;
	const char *findings = finding_json(f);

	if (h->findings == NULL || strcmp(findings, h->findings) != 0)
		v = with(v, NULL, "findings", findings);
	if (points != h->pointed)
		v = with(v, NULL, "points_here", points ? "true" : "false");
	return v;
}

/* Looks at active hostnames that began together do not stay together. */
static int64_t
watch_for(const struct job *job)
{
	const struct hostname *h = job->row;
	uint32_t n = 2166136261u;

	for (const char *c = job->id; *c != '\0'; c++)
		n = (n ^ (unsigned char)*c) * 16777619u;
	return h->watch_for - h->watch_for / 8 + (int64_t)(n % 1000) * (h->watch_for / 4) / 1000;
}

/* ---- pending: has the owner of the name asked us to serve it? ------------- */

static void
ask_routing(const struct job *job, struct questions *q)
{
	const struct hostname *h = job->row;

	ask_dns(q, h->name, DNS_A);	/* brings its CNAMEs along */
	ask_dns(q, h->name, DNS_AAAA);
}

static void
ask_pending(const struct job *job, struct questions *q)
{
	const struct hostname *h = job->row;

	ask_routing(job, q);
	ask_dns(q, h->proof_name, DNS_TXT);
	ask_http(q, h->proof_url, h->user_agent);
}

/* A fault of ours proves nothing and uses up no retry. */
static const struct answer *
answer_that_we_owe(const struct answer *a)
{
	for (size_t i = ADDRESS4; i <= PAGE; i++)
		if (a[i].err.code != NULL && a[i].err.blame == BLAME_US)
			return &a[i];
	return NULL;
}

static struct verdict
not_proven(const struct job *job, const struct findings *f, const struct finding *routing)
{
	const struct finding *worst = finding_worst(f);
	struct verdict v;

	if (job->attempts >= job->retries) {
		v = go_after("moved", MOVED_FOR);
		v.err = err_new(ERR_schedule_used_up, NULL);
	} else {
		v = retry(error_of(worst));
	}
	v.found = finding_seen(worst, job->arena);
	return with(v, NULL, "error", documented_error(job, routing));
}

static struct verdict
tell_pending(const struct job *job, const struct answer *a)
{
	struct findings *f = nothing_found(job);
	const struct finding *routing = see_routing(job, f, a), *txt, *page;
	bool points = is_as_expected(routing);
	const struct answer *owed;

	txt = finding_ownership(f, job->row, &a[OWNERSHIP]);
	page = finding_ownership_http(f, job->row, &a[PAGE]);
	if (points || is_as_expected(txt) || is_as_expected(page))
		return seen(job, go_after("active", points ? watch_for(job) : AGAIN_FOR), f, points);
	owed = answer_that_we_owe(a);
	if (owed != NULL)
		return retry(owed->err);
	return seen(job, not_proven(job, f, routing), f, false);
}

/* ---- active: does it still point at us? ----------------------------------- */

/* Proven by TXT or HTTP before its traffic comes: it is expected any moment. */
static struct verdict
not_here_yet(const struct job *job, const struct finding *routing)
{
	if (job->attempts < job->retries)
		return retry(error_of(routing));
	return wait_for(watch_for(job), error_of(routing));
}

static struct verdict
gone(const struct job *job, const struct finding *routing)
{
	struct verdict v;

	if (job->attempts < WITNESSES)
		return retry(error_of(routing));
	v = go_after("moved", MOVED_FOR);
	v.err = err_new(ERR_moved_away, routing->fix);
	return with(v, NULL, "error", documented_error(job, routing));
}

static struct verdict
tell_active(const struct job *job, const struct answer *a)
{
	const struct hostname *h = job->row;
	struct findings *f = nothing_found(job);
	const struct finding *routing = see_routing(job, f, a);
	struct verdict v;

	if (is_as_expected(routing))
		return seen(job, well_for(watch_for(job)), f, true);
	if (routing->blame == BLAME_US)
		return wait_for(watch_for(job) / 4, (struct err){ 0 });
	if (!is_evidence(routing))
		return seen(job, wait_for(watch_for(job) / 4, error_of(routing)), f, h->pointed);
	v = h->pointed ? gone(job, routing) : not_here_yet(job, routing);
	v.found = finding_seen(routing, job->arena);
	return seen(job, v, f, v.verb == GO ? false : h->pointed);
}

/* ---- active_redeploying: an edit is being put out ------------------------- */

static struct verdict
tell_redeploying(const struct job *job, const struct answer *a)
{
	const struct hostname *h = job->row;
	struct findings *f = nothing_found(job);
	bool points = is_as_expected(see_routing(job, f, a));

	/* Whether it has left is for the state active to find out. */
	return seen(job, go_after("active", points ? watch_for(job) : AGAIN_FOR), f, points || h->pointed);
}

/* ---- moved: seven days in which a refresh brings it back ------------------ */

static struct verdict
tell_moved(const struct job *job, const struct answer *a)
{
	int64_t left = job->since + MOVED_FOR - job->now;
	struct verdict v;

	(void)a;
	if (left > 0)
		return wait_for(left, (struct err){ 0 });
	v = go("deleted");
	v.err = err_new(ERR_moved_too_long, NULL);
	return v;
}

/* -------------------------------------------------------------------------- */

static const struct step steps[] = {
	{ .state = "pending", .why = "waiting for a proof of ownership",
	  .ask = ask_pending, .tell = tell_pending, .next = { "active", "moved" } },
	{ .state = "active", .why = "ownership is proven; watched as to where it points",
	  .ask = ask_routing, .tell = tell_active, .next = { "moved" } },
	{ .state = "active_redeploying", .why = "active; a change is being put out",
	  .ask = ask_routing, .tell = tell_redeploying, .next = { "active" } },
	{ .state = "moved", .why = "not validated in time, left us, or owned by another zone now",
	  .tell = tell_moved, .next = { "deleted" } },
	{ .state = "deleted", .why = "moved for seven days; a refresh revives it" },
	{ .state = "blocked", .why = "refused; a refresh tries again once that ends" },
	{ 0 }
};

enum column {
	NAME, TARGETS, PREFIXES, PROOF_NAME, PROOF, PROOF_URL, USER_AGENT, FINDINGS, POINTED, WATCH_FOR
};
static const char *const columns[] = {
	[NAME] = "name", [TARGETS] = "targets", [PREFIXES] = "prefixes", [PROOF_NAME] = "proof_name",
	[PROOF] = "proof", [PROOF_URL] = "proof_url", [USER_AGENT] = "user_agent",
	[FINDINGS] = "findings", [POINTED] = "pointed", [WATCH_FOR] = "watch_for", NULL
};

/* "a b c" to a list. */
static const char *const *
split(struct arena *arena, const char *text)
{
	char *rest = arena_strdup(arena, text != NULL ? text : "");
	const char **list = arena_alloc(arena, (strlen(rest) / 2 + 2) * sizeof *list);
	size_t n = 0;

	for (char *word; (word = strsep(&rest, " ")) != NULL;)
		if (word[0] != '\0')
			list[n++] = word;
	return list;
}

static const void *
load(struct arena *arena, const char *const *values)
{
	struct hostname *h = arena_alloc(arena, sizeof *h);

	*h = (struct hostname){
		.name = values[NAME],
		.targets = split(arena, values[TARGETS]),
		.prefixes = split(arena, values[PREFIXES]),
		.proof_name = values[PROOF_NAME],
		.proof = values[PROOF],
		.proof_url = values[PROOF_URL],
		.user_agent = values[USER_AGENT],
		.findings = values[FINDINGS],
		.pointed = values[POINTED] != NULL && strcmp(values[POINTED], "true") == 0,
		.watch_for = strtoll(values[WATCH_FOR], NULL, 10),
	};
	return h;
}

const struct flow hostname_flow = {
	.name = "hostname", .steps = steps, .schedule = &validation_schedule,
	.columns = columns, .load = load,
};
