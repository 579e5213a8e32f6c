/* What a pack's orders need next, and what the answers mean; acme/work_ask.c
 * says how it is asked. */
#include "acme/work.h"

#include <assert.h>
#include <string.h>

#include "acme/pack.h"

enum { POLL = 1, POLL_PUBLISHING = 5, CAA_HOLDS_FOR = 300 };	/* seconds */

void
work_add(struct work_list *list, struct work work)
{
	if (list->count < MAX_QUESTIONS)
		list->works[list->count++] = work;
}

/* ---- what is next? --------------------------------------------------------- */

static bool
wants_order(const struct part *p)
{
	return part_is_wanted(p) && !part_has_order(p);
}

static bool
all_orders_are_ready(const struct certificate *c)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_has_order(&c->parts[i]) && !part_order_is_ready(&c->parts[i]))
			return false;
	return true;
}

/* Orders at one directory would have the same authorizations, so the second
 * follows the first; those at two have nothing in common, and the customer is
 * to see all that has to be published. */
static bool
has_orders_side_by_side(const struct certificate *c)
{
	return c->authority != NULL && c->authority->directory_rsa != NULL;
}

static bool
some_token_is(const struct part *p, const char *status)
{
	for (size_t i = 0; i < p->token_count; i++)
		if (token_is(&p->tokens[i], status))
			return true;
	return false;
}

/* What the CA was told to look at is for it to decide. */
static bool
is_expired(const struct part *p, int64_t now)
{
	return p->expires != 0 && p->expires <= now && !some_token_is(p, "processing");
}

static void
validate_part(struct work_list *list, const struct certificate *c, size_t n, int64_t now)
{
	const struct part *p = &c->parts[n];
	bool is_after_setback = c->setback.code != NULL;

	if (is_expired(p, now)) {
		work_add(list, (struct work){ EXPIRED, n, 0 });
		return;
	}
	if (p->order_status == NULL || (!is_after_setback && (some_token_is(p, "processing") ||
	    !(some_token_is(p, "pending") || some_token_is(p, "seen")))))
		work_add(list, (struct work){ READ_TOKENS, n, 0 });
	if (p->order_status != NULL && !is_after_setback)
		work_look_for(list, c, n);
}

struct work_list
work_validation(const struct certificate *c, int64_t now)
{
	struct work_list list = { .count = 0 };

	for (size_t i = 0; i < PARTS; i++)
		if (part_has_order(&c->parts[i]) && !part_order_is_ready(&c->parts[i]))
			validate_part(&list, c, i, now);
	if (all_orders_are_ready(c) || has_orders_side_by_side(c)) {
		struct work_list next = work_new_order(c, now);

		for (size_t i = 0; i < next.count; i++)
			work_add(&list, next.works[i]);
		list.wait = next.wait;
	}
	return list;
}

struct work_list
work_new_order(const struct certificate *c, int64_t now)
{
	struct work_list list = { .count = 0 };
	size_t n = wants_order(&c->parts[0]) ? 0 : 1;
	const struct part *p = &c->parts[n];

	if (!wants_order(p))
		return list;
	if (p->slot > now)
		list.wait = p->slot - now;
	else if (p->slot == 0 || p->caa_at + CAA_HOLDS_FOR <= now)
		work_add(&list, (struct work){ CHECK_CAA, n, 0 });
	else
		work_add(&list, (struct work){ PLACE_ORDER, n, 0 });
	return list;
}

static enum act
issue_part(const struct part *p)
{
	if (!p->has_key)
		return MAKE_KEY;
	if (part_order_is(p, "ready"))
		return FINALIZE;
	if (part_order_is(p, "valid") && p->certificate_url != NULL)
		return DOWNLOAD;
	return READ_ORDER;
}

struct work_list
work_issuance(const struct certificate *c)
{
	struct work_list list = { .count = 0 };

	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&c->parts[i]) && c->parts[i].chain == NULL)
			work_add(&list, (struct work){ issue_part(&c->parts[i]), i, 0 });
	return list;
}

/* ---- the result ---------------------------------------------------------------- */

struct result
work_start_result(const struct certificate *c)
{
	struct result r = { .wait = c->is_publishing ? POLL_PUBLISHING : POLL };

	for (size_t i = 0; i < PARTS; i++)
		r.parts[i] = c->parts[i];
	return r;
}

void
work_set(struct result *r, const char *of, const char *name, const char *value)
{
	assert(r->change_count < MAX_CHANGES);
	r->changes[r->change_count++] = (struct change){ of, name, value };
}

void
work_note_error(struct result *r, struct err err)
{
	if (r->err.code == NULL)
		r->err = err;
}

bool
work_is_validated(const struct result *r)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&r->parts[i]) && !part_order_is_ready(&r->parts[i]))
			return false;
	return true;
}

bool
work_is_issued(const struct result *r)
{
	for (size_t i = 0; i < PARTS; i++)
		if (part_is_wanted(&r->parts[i]) && r->parts[i].chain == NULL)
			return false;
	return true;
}

struct err
work_no_authority(const struct job *job)
{
	const struct certificate *c = job->row;

	if (c->wanted_authority[0] == '\0')
		return err_new(ERR_acme_no_authority, NULL);
	return err_new(ERR_acme_no_authority, arena_printf(job->arena,
	    "there is no enabled certificate authority named %s", c->wanted_authority));
}

/* What the answers say of the CA: SQL keeps its health and its budget. */
static void
note_authority(const struct job *job, struct result *r)
{
	const struct certificate *c = job->row;

	if (r->ca_worked && r->cause != CAUSE_INFRASTRUCTURE && c->authority->failures > 0)
		work_set(r, "ca", "worked", "true");
	if (r->cause == CAUSE_NONE)
		return;
	work_set(r, "ca", "cause", cause_name(r->cause));
	work_set(r, "ca", "code", r->err.code);
	work_set(r, "ca", "error", r->err.detail);
	if (r->err.retry_after > 0)
		work_set(r, "ca", "retry_after",
		    arena_printf(job->arena, "%lld", (long long)r->err.retry_after));
}

struct verdict
work_write(const struct job *job, struct result *r, struct verdict v)
{
	const struct certificate *c = job->row;

	work_set(r, NULL, "version", c->version);	/* what all this belongs to */
	note_authority(job, r);
	work_note_findings(job, r);
	for (size_t i = 0; i < PARTS; i++)
		if (r->dirty[i] && part_has_order(&r->parts[i]))
			work_set(r, r->parts[i].key_type, "challenges",
			    pack_tokens_text(job->arena, &r->parts[i]));
	for (size_t i = 0; i < r->change_count; i++)
		v = with(v, r->changes[i].of, r->changes[i].name, r->changes[i].value);
	return v;
}
