/*
 * CAA, read as a careful CA reads it: where the standards leave room, the
 * reading that permits less, because a refusal of ours comes with the record
 * that mends it and a refusal of the CA costs an order.
 */
#include "dcv/caa.h"

#include <assert.h>
#include <string.h>

#include "base/name.h"
#include "dcv/caa_record.h"

#define MOST_ALIASES 8
#define MOST_SHOWN 160	/* octets of a record in a sentence */

/* RFC 8659 §4.1 numbers the bits from the left: the critical one is 128.  So
 * many people have set the rightmost that CAs take it for critical too
 * (Boulder does), although the RFC says to ignore it. */
#define CRITICAL (128u | 1u)

size_t
caa_names(struct arena *a, const char *name, const char **ret)
{
	const struct name_rules rules = { .wildcard = true, .service = true };
	size_t count = 0;

	name = name_canonical(a, name, rules, NULL);
	if (name != NULL && name_is_wildcard(name))
		name += 2;
	for (; name != NULL; name = name_parent(name)) {
		assert(count < CAA_MAX_NAMES);
		ret[count++] = name;
	}
	return count;
}

/* ------------------------------------- what do the records of a name say? */

static enum caa_why
judge(const struct caa_issue *issue, const struct caa_question *q)
{
	const char *const *id = q->identities;

	while (*id != NULL && !caa_issue_names(issue, *id))
		id++;
	if (*id == NULL)
		return CAA_NOT_NAMED;
	if (!caa_issue_allows_account(issue, q->account_url))
		return CAA_OTHER_ACCOUNT;
	if (!caa_issue_allows_method(issue, q->method))
		return CAA_OTHER_METHOD;
	return CAA_NAMED;
}

/* The record of one tag that says the most for us; of several that say the
 * same the first in byte order, because they arrive in any. */
struct pick {
	const struct dns_record *record;	/* NULL: none has this tag */
	enum caa_why	 why;
	bool		 for_accounts;		/* it has accounturi */
	bool		 for_methods;		/* it has validationmethods */
};

struct set {
	const char *owner;
	size_t	    count;		/* of CAA records, whatever they say */
	struct pick critical;		/* one with an unknown tag */
	struct pick issue;
	struct pick issuewild;
};

static void
consider(struct pick *pick, struct pick other)
{
	if (pick->record == NULL || pick->why < other.why ||
	    (pick->why == other.why && strcmp(pick->record->value, other.record->value) > 0))
		*pick = other;
}

static void
add_record(struct set *set, const struct dns_record *record, const struct caa_question *q)
{
	struct caa_property p;
	struct caa_issue issue;
	struct pick pick = { .record = record, .why = CAA_CRITICAL };

	set->count++;
	caa_read_property(record->value, &p);
	if (caa_property_is(&p, "issue") || caa_property_is(&p, "issuewild")) {
		issue = caa_read_issue(&p);
		pick.why = judge(&issue, q);
		pick.for_accounts = issue.accounts != 0;
		pick.for_methods = issue.method_lists != 0;
		consider(caa_property_is(&p, "issue") ? &set->issue : &set->issuewild, pick);
	} else if (!caa_property_is(&p, "iodef") && (p.flags & CRITICAL) != 0)
		consider(&set->critical, pick);
}

static struct set
read_set(const struct dns_reply *reply, const char *owner, const struct caa_question *q)
{
	struct set set = { .owner = owner };

	for (size_t i = 0; i < reply->count; i++) {
		if (reply->records[i].type == DNS_CAA && name_equal(reply->records[i].owner, owner))
			add_record(&set, &reply->records[i], q);
	}
	return set;
}

/* The name that `name` is an alias of in the end; NULL: there is no end. */
static const char *
end_of_chain(const struct dns_reply *reply, const char *name)
{
	for (int aliases = 0; aliases <= MOST_ALIASES; aliases++) {
		const char *next = NULL;

		for (size_t i = 0; i < reply->count && next == NULL; i++) {
			if (reply->records[i].type == DNS_CNAME && name_equal(reply->records[i].owner, name))
				next = reply->records[i].value;
		}
		if (next == NULL)
			return name;
		name = next;
	}
	return NULL;
}

/* ------------------------------------- what is to be done? */

/* The record to add beside `pick`, as narrow as that one is. */
static void
advise(struct arena *a, const char *at, const char *tag, const struct pick *pick,
    const struct caa_question *q, const char **fix)
{
	const char *account = "", *method = "", *id = q->identities[0];

	if (id != NULL)		/* a final dot would be against the grammar */
		id = name_canonical(a, id, (struct name_rules){ 0 }, NULL);
	if (id == NULL || pick->record == NULL || pick->why == CAA_NAMED)
		return;
	while (*fix != NULL)
		fix++;
	if (pick->why != CAA_NOT_NAMED && pick->for_accounts && q->account_url != NULL &&
	    caa_fits_in_a_parameter(q->account_url))
		account = arena_printf(a, "; accounturi=%s", q->account_url);
	if (pick->why != CAA_NOT_NAMED && pick->for_methods && q->method != NULL)
		method = arena_printf(a, "; validationmethods=%s", q->method);
	*fix = caa_show(a, at, arena_printf(a, "0 %s %s%s%s", tag, id, account, method));
}

/* "`record` decides for shop.customer.com; add `record`" */
static struct err
explain(struct arena *a, const struct caa_decision *d)
{
	bool named = d->why == CAA_OTHER_ACCOUNT || d->why == CAA_OTHER_METHOD;
	const char *cut = strlen(d->record) > MOST_SHOWN ? "..." : "";
	const char *text = arena_printf(a, "%.*s%s decides for %s", MOST_SHOWN, d->record, cut, d->asked);
	const char *link = "; add ";

	if (d->why == CAA_CRITICAL) {
		text = arena_printf(a, "%s, is critical and not understood; remove it", text);
		link = " and add ";
	}
	for (const char *const *fix = d->fix; *fix != NULL; fix++) {
		text = arena_printf(a, "%s%s%s", text, link, *fix);
		link = " and ";
	}
	return err_new(named ? ERR_caa_restricted : ERR_caa_excludes, text);
}

/* ------------------------------------- the decision */

static struct caa_decision
unknown(struct arena *a, const char *name, enum caa_why why, const struct err *cause,
    const char *fault)
{
	struct caa_decision d = { .outcome = CAA_UNKNOWN, .why = why, .asked = name, .where = name };

	d.err = err_new(ERR_caa_unknown, arena_printf(a, "CAA of %s: %s", name, fault));
	if (cause != NULL && cause->code != NULL) {
		d.err.blame = cause->blame;
		d.err.retry_after = cause->retry_after;
	}
	return d;
}

/* Why an answer is worth nothing; NULL: it is worth something. */
static const char *
fault_of(struct arena *a, const struct caa_answer *answer)
{
	const struct dns_reply *reply = answer->reply;

	if (answer->err.code != NULL && answer->err.detail != NULL)
		return arena_printf(a, "%s (%s)", err_sentence(answer->err.code), answer->err.detail);
	if (answer->err.code != NULL)
		return err_sentence(answer->err.code);
	if (reply == NULL)
		return "there is no answer";
	if (reply->truncated)
		return "the answer was cut off";
	if (reply->rcode != 0 && reply->rcode != 3)
		return arena_printf(a, "the answer has code %d", reply->rcode);
	if (end_of_chain(reply, answer->name) == NULL)
		return "its CNAME records lead in a circle, or through too many names";
	return NULL;
}

/* RFC 8659 §4.3: issuewild, if there is any, is the only one that counts for
 * wildcards, and never counts for other names. */
static struct caa_decision
decide_by(struct arena *a, const struct set *set, const char *asked, const char *advised_at,
    const struct caa_question *q)
{
	bool wildcard = q->wildcard || name_is_wildcard(q->name);
	const struct pick *pick = wildcard && set->issuewild.record != NULL ? &set->issuewild : &set->issue;
	struct caa_decision d = { .outcome = CAA_PERMITTED, .asked = asked, .where = set->owner };

	if (set->critical.record != NULL)
		pick = &set->critical;
	d.why = pick->record != NULL ? pick->why : CAA_NO_RULE;
	if (pick->record != NULL)
		d.record = caa_show(a, set->owner, pick->record->value);
	if (d.why == CAA_NAMED || d.why == CAA_NO_RULE)
		return d;
	d.outcome = CAA_FORBIDDEN;
	/* Who wants the wildcard wants the name too, so both rules are mended at
	 * once.  A first issuewild is never advised: it would shut out those who
	 * issue wildcards by their issue record. */
	advise(a, advised_at, "issue", &set->issue, q, d.fix);
	if (wildcard)
		advise(a, advised_at, "issuewild", &set->issuewild, q, d.fix);
	d.err = explain(a, &d);
	return d;
}

struct caa_decision
caa_decide(struct arena *a, const struct caa_answer *answers, size_t count,
    const struct caa_question *q)
{
	const char *names[CAA_MAX_NAMES];
	size_t levels = caa_names(a, q->name, names);

	if (levels == 0)
		return unknown(a, q->name, CAA_LOOKUP_FAILED, NULL, "this is not a name");
	for (size_t i = 0; i < levels; i++) {
		const char *fault, *at;
		struct set set;

		if (i >= count || !name_equal(answers[i].name, names[i]))
			return unknown(a, names[i], CAA_NOT_ASKED, NULL, "it was not asked");
		fault = fault_of(a, &answers[i]);
		if (fault != NULL)
			return unknown(a, names[i], CAA_LOOKUP_FAILED, &answers[i].err, fault);
		set = read_set(answers[i].reply, end_of_chain(answers[i].reply, names[i]), q);
		if (set.count == 0)
			continue;
		/* nobody can add a record to a top domain */
		at = i + 1 == levels && i > 0 && name_equal(set.owner, names[i]) ? names[i - 1] : set.owner;
		return decide_by(a, &set, names[i], at, q);
	}
	return (struct caa_decision){
		.outcome = CAA_PERMITTED, .why = CAA_NO_RECORDS, .asked = names[0] };
}
