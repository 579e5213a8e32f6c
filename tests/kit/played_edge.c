/* The edge, played.  See played_edge.h. */
#include "tests/kit/played_edge.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/b64.h"
#include "scheduler/edge_question.h"
#include "tests/kit/played_ca.h"
#include "tests/kit/played_sign.h"
#include "tests/kit/world.h"

struct served {			/* by a hostname */
	char	hostname[256];
	char	pack[37];	/* "": by none */
	int64_t not_after;
};

static void *hosts;
static size_t deployments, gaps;
static int64_t least_left = INT64_MAX;

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct served *)a)->hostname, ((const struct served *)b)->hostname);
}

static struct served *
served_by(const char *hostname)
{
	struct served wanted = { .pack = "" }, **found, *made;

	snprintf(wanted.hostname, sizeof wanted.hostname, "%s", hostname);
	found = tfind(&wanted, &hosts, compare);
	if (found != NULL)
		return *found;
	made = xcalloc(1, sizeof *made);
	*made = wanted;
	if (tsearch(made, &hosts, compare) == NULL)
		abort();
	return made;
}

void
edge_reset(void)
{
	tdestroy(hosts, free);
	hosts = NULL;
	deployments = gaps = 0;
	least_left = INT64_MAX;
}

void
edge_has(const char *hostname, const char *pack, int64_t not_after)
{
	struct served *s = served_by(hostname);

	snprintf(s->pack, sizeof s->pack, "%s", pack);
	s->not_after = not_after;
}

size_t edge_deployments(void) { return deployments; }
size_t edge_gaps(void) { return gaps; }
int64_t edge_least_left(void) { return least_left; }

static int64_t count_at;
static size_t count_valid;

static void
count_host(const void *node, VISIT visit, int depth)
{
	const struct served *s = *(struct served *const *)node;

	(void)depth;
	if ((visit == postorder || visit == leaf) && s->pack[0] != '\0' && s->not_after > count_at)
		count_valid++;
}

size_t
edge_served(int64_t now)
{
	count_at = now;
	count_valid = 0;
	twalk(hosts, count_host);
	return count_valid;
}

/* As the key performer has sealed it, for this very pack. */
static bool
is_usable(struct arena *arena, const struct edge_question *q, const struct edge_pair *pair)
{
	return pair->key != NULL && strstr(pair->key_identity, q->certificate_id) != NULL &&
	    strcmp(pair->key, b64_encode(arena, pair->key_identity, strlen(pair->key_identity))) == 0;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct err
deploy(struct arena *arena, const struct edge_question *q, int64_t now)
{
	const struct edge_pair *pairs[] = { &q->ecdsa, &q->rsa };
	struct served *s = served_by(q->hostname);
	int64_t not_after = INT64_MAX;

	for (int i = 0; i < 2; i++) {
		if (pairs[i]->chain == NULL)
			continue;
		if (!is_usable(arena, q, pairs[i]))
			return err_new(ERR_edge_bad_pack, "the key is not that of the pack");
		not_after = sooner(not_after, sign_not_after(pairs[i]->chain));
	}
	if (not_after == INT64_MAX || not_after <= now)
		return err_new(ERR_edge_bad_pack, "there is no certificate that is valid");
	if (s->pack[0] != '\0') {
		gaps += s->not_after <= now;
		least_left = sooner(least_left, s->not_after - now);
	}
	snprintf(s->pack, sizeof s->pack, "%s", q->certificate_id);
	s->not_after = not_after;
	deployments++;
	return (struct err){ 0 };
}

static struct err
take_off(const struct edge_question *q)
{
	struct served *s = served_by(q->hostname);

	if (strcmp(s->pack, q->certificate_id) == 0) {
		s->pack[0] = '\0';
		gaps++;
	}
	return (struct err){ 0 };
}

void
played_edge_perform(void *played, struct asked *asked)
{
	const struct edge_question *q = asked->question->detail;
	struct answer a = { .err = err_new(ERR_edge_stopped, NULL) };
	char what[300];

	snprintf(what, sizeof what, "edge %s %s", q->remove ? "remove" : "deploy", q->hostname);
	if (world_acts(what))
		a.err = q->remove ? take_off(q) : deploy(asked->arena, q, asked->job->now);
	played_answer(played, asked, a, what);
}
