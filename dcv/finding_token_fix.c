/* What a customer has to do so that a CA finds its values in the DNS. */
#include <string.h>

#include "base/name.h"
#include "dcv/finding_text.h"
#include "dcv/finding_token_inside.h"
#include "dcv/proof.h"

/* ---- lists for people ------------------------------------------------------------------- */

const char *
token_list(struct token_judgement *j, const char *const *values)
{
	return finding_list(j->a, values, " and ");
}

/* Those that the answer lacks. */
const char *const *
token_lacking(struct token_judgement *j)
{
	const char **lacks = arena_alloc(j->a, (j->value_count + 1) * sizeof *lacks);
	size_t count = 0;

	for (size_t i = 0; i < j->value_count; i++)
		if (!token_has_value(j->ask, i, j->reply, j->ask->place))
			lacks[count++] = j->ask->values[i];
	return lacks;
}

size_t
token_count(const char *const *texts)
{
	size_t count = 0;

	while (texts != NULL && texts[count] != NULL)
		count++;
	return count;
}

/* Those of earlier orders that the answer has. */
const char *const *
token_old_ones(struct token_judgement *j)
{
	const char **olds = arena_alloc(j->a, (token_count(j->ask->old_values) + 1) * sizeof *olds);
	size_t count = 0;

	for (size_t i = 0; i < token_count(j->ask->old_values); i++)
		if (proof_has_txt(j->reply, j->ask->place, j->ask->old_values[i]))
			olds[count++] = j->ask->old_values[i];
	return olds;
}

void
token_put_reply(struct token_judgement *j)
{
	const char **texts = arena_alloc(j->a, (j->reply->count + 1) * sizeof *texts);
	size_t count = 0;

	if (j->alias != NULL)
		finding_put(&j->fs, j->f, arena_printf(j->a, "CNAME %s", j->alias));
	for (size_t i = 0; i < j->reply->count; i++) {
		const struct dns_record *r = &j->reply->records[i];

		if (r->type == DNS_TXT && (name_equal(r->owner, j->end) || name_equal(r->owner, j->ask->place)))
			texts[count++] = arena_printf(j->a, "TXT %s", r->value);
	}
	finding_put_all(&j->fs, j->f, texts, count);
}

const char *
token_expected(struct token_judgement *j)
{
	const char *values = token_list(j, j->ask->values);

	if (j->ask->delegation == NULL)
		return arena_printf(j->a, "TXT %s", values);
	return arena_printf(j->a, "TXT %s, or CNAME %s", values, j->ask->delegation);
}

/* ---- what to do ------------------------------------------------------------------------- */

/* At whose DNS provider a name is, if nothing else is known about it. */
static const char *
provider(const struct token_judgement *j, const char *name)
{
	const char *zone = finding_zone(name, j->reply);

	return zone == name && name_equal(name, j->ask->place) ? j->ask->hostname : zone;
}

/* The delegation is <hostname>.<id>.<domain>. */
static const char *
our_domain(const struct token_ask *ask)
{
	size_t len = strlen(ask->hostname);

	if (strncmp(ask->delegation, ask->hostname, len) != 0 || ask->delegation[len] != '.')
		return NULL;
	return name_parent(ask->delegation + len + 1);
}

/* "d.example.com" behind "d." of the delegation: a final dot was left out. */
static bool
is_doubled(const struct token_ask *ask, const char *alias)
{
	size_t len = strlen(ask->delegation);

	return strncmp(alias, ask->delegation, len) == 0 && alias[len] == '.';
}

static const char *
fix_of_delegation(struct token_judgement *j)
{
	const struct token_ask *ask = j->ask;
	const char *domain = our_domain(ask), *where = provider(j, ask->place);

	if (is_doubled(ask, j->alias))
		return arena_printf(j->a, "At the DNS provider of %s, change the CNAME record of %s to %s, with a final dot "
		    "behind it: a domain was added to it, and it points to %s now.", where, ask->place, ask->delegation,
		    j->alias);
	return arena_printf(j->a, "At the DNS provider of %s, change the CNAME record of %s to %s; it points to %s%s now.",
	    where, ask->place, ask->delegation, j->alias,
	    domain != NULL && name_is_under(j->alias, domain) ? ", the delegation of something else," : "");
}

static const char *
fix_of_old(struct token_judgement *j, const char *const *olds)
{
	return arena_printf(j->a, "At the DNS provider of %s, replace the TXT value %s of %s, of an earlier order, by %s.",
	    provider(j, j->end), token_list(j, olds), j->end, token_list(j, token_lacking(j)));
}

static const char *
fix_of_nothing(struct token_judgement *j)
{
	const struct token_ask *ask = j->ask;
	bool is_one = token_count(token_lacking(j)) == 1;
	const char *where = provider(j, ask->place), *values = token_list(j, token_lacking(j));

	if (j->alias != NULL)
		return arena_printf(j->a, "At the DNS provider of %s, replace the CNAME record of %s by %s with the value%s %s; "
		    "it points to %s now.", where, ask->place, is_one ? "a TXT record" : "TXT records", is_one ? "" : "s",
		    values, j->alias);
	return arena_printf(j->a, "At the DNS provider of %s, add %s at %s with the value%s %s%s%s%s.", where,
	    is_one ? "a TXT record" : "TXT records", ask->place, is_one ? "" : "s", values,
	    ask->delegation != NULL ? ", or once and for all a CNAME record to " : "",
	    ask->delegation != NULL ? ask->delegation : "", ask->delegation != NULL ? " instead" : "");
}

const char *
token_fix(struct token_judgement *j, enum err_code code, const char *const *olds)
{
	const struct token_ask *ask = j->ask;
	const char *values = token_list(j, token_lacking(j));

	if (code == ERR_cname_and_other_data || code == ERR_cname_loop)
		return arena_printf(j->a, "At the DNS provider of %s, delete the CNAME record of %s and let it have TXT records "
		    "with %s.", provider(j, ask->place), ask->place, token_list(j, ask->values));
	if (code == ERR_delegation_elsewhere)
		return fix_of_delegation(j);
	if (code == ERR_token_quoted)
		return arena_printf(j->a, "At the DNS provider of %s, change the TXT record of %s to %s, without quotation marks "
		    "or blanks around it.", provider(j, j->end), j->end, values);
	if (olds[0] != NULL)
		return fix_of_old(j, olds);
	if (code == ERR_token_partly)
		return arena_printf(j->a, "At the DNS provider of %s, add a TXT record at %s with the value %s beside what is "
		    "there.", provider(j, j->end), j->end, values);
	return fix_of_nothing(j);
}
