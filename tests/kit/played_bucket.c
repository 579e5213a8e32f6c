/* Let's Encrypt's rate limits (token buckets), as it publishes them. */
#include <stdio.h>
#include <string.h>

#include "tests/kit/played_inside.h"

enum { MINUTE = 60, HOUR = 3600 };
enum kind { ORDERS, DOMAIN, EXACT_SET, FAILURES, KINDS };

static const struct {
	const char *name;
	int64_t burst, refill;		/* seconds until there is one more */
	const char *text;		/* as Boulder words it: "… (300) …" */
} limits[KINDS] = {
	[ORDERS] = { "orders", 300, 36, "too many new orders (300) from this account in the last 3h0m0s" },
	[DOMAIN] = { "domain", 50, 202 * MINUTE, "too many certificates (50) already issued for this registered domain in the last 168h0m0s" },
	[EXACT_SET] = { "set", 5, 34 * HOUR, "too many certificates (5) already issued for this exact set of identifiers in the last 168h0m0s" },
	[FAILURES] = { "failures", 5, 12 * MINUTE, "too many failed authorizations (5) for this identifier in the last 1h0m0s" },
};

/* The last two labels. */
static const char *
registered_domain(const char *name)
{
	const char *at = name + strlen(name);
	int dots = 0;

	while (at > name && !(at[-1] == '.' && ++dots == 2))
		at--;
	return at;
}

static struct named *
bucket_of(struct ca *ca, enum kind kind, const char *const *names)
{
	const char *key = kind == DOMAIN ? registered_domain(names[0]) : kind == ORDERS ? "" : names[0];
	char text[600];

	/* An exact set is a name with or without its wildcard. */
	snprintf(text, sizeof text, "%s %s%s", limits[kind].name, key,
	    kind == EXACT_SET && names[1] != NULL ? " *" : "");
	return played_entry(&ca->buckets, text);
}

/* Seconds until one may be taken. */
static int64_t
wait_of(const struct named *bucket, enum kind kind, int64_t now)
{
	int64_t at = bucket->number - (limits[kind].burst - 1) * limits[kind].refill;

	return at > now ? at - now : 0;
}

static void
take(struct named *bucket, enum kind kind, int64_t now)
{
	bucket->number = (bucket->number > now ? bucket->number : now) + limits[kind].refill;
}

bool
bucket_admits_order(struct ca *ca, struct arena *arena, const char *const *names, int64_t now, struct answer *ret)
{
	struct named *buckets[KINDS];

	for (int k = 0; k < KINDS; k++) {
		int64_t wait;

		buckets[k] = bucket_of(ca, (enum kind)k, names);
		wait = wait_of(buckets[k], (enum kind)k, now);
		if (wait == 0)
			continue;
		ca->limited++;
		*ret = played_refusal(ERR_acme_rate_limited, arena_printf(arena,
		    "%s: rateLimited: %s: %s", ca->name, names[0], limits[k].text), wait);
		return false;
	}
	for (int k = 0; k < FAILURES; k++)
		take(buckets[k], (enum kind)k, now);
	return true;
}

void
bucket_counts_failure(struct ca *ca, const char *hostname, int64_t now)
{
	const char *const names[] = { hostname, NULL };

	take(bucket_of(ca, FAILURES, names), FAILURES, now);
}
