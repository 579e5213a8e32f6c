#ifndef KIT_PLAYED_CA_H
#define KIT_PLAYED_CA_H
/*
 * Certificate authorities, played in virtual time.  Mocks stand here because
 * no real CA lives through eight hours of an outage, or a year of renewals, in
 * seconds; that we speak to real ones is for tests/net and tests/system.
 *
 * They are met by name, do nothing without being asked, and outlive the daemon.
 * Certificates are real, keys are few.  Each question is an act of
 * tests/kit/world.h ("acme new order NAME"), and its answer one more
 * ("answer to acme new order NAME"): a daemon can be killed between the two.
 * Validation looks at the world.
 */
#include "acme/question.h"
#include "io/loop.h"
#include "scheduler/perform.h"

/* ---- for tests/kit/sim.c ---------------------------------------------------- */

struct played;				/* one daemon's way to them */
struct played *played_open(struct loop *);
void played_close(struct played *);	/* what is outstanding is never answered */
void played_ca_perform(void *played, struct asked *);
void played_key_perform(void *played, struct asked *);
/* Of other players: the answer, on the next turn of the loop. */
void played_answer(struct played *, struct asked *, struct answer, const char *what);

/* ---- what they are like ------------------------------------------------------ */

void ca_reset(void);	/* no CA has ever existed */
/* Every request gets this error and nothing is done; until ca_is_up. */
void ca_is_down(const char *ca, const char *code);
void ca_is_up(const char *ca);
/* The rate limits that Let's Encrypt publishes, each debited by newOrder itself
 * (by a failed validation) and without the exemptions for renewals: no looser
 * than the real ones.  The registered domain is taken to have two labels. */
void ca_rate_limits(const char *ca, bool);
/* No certificates for this hostname: what the customer could mend is found by
 * the validation (acme_connection, acme_dns, acme_incorrect_response, acme_tls,
 * acme_unauthorized, acme_caa), the rest by newOrder.  NULL: takes it back. */
void ca_refuses(const char *ca, const char *hostname, const char *code);
/* Every n-th newOrder is done, but its reply is lost.  0: none. */
void ca_loses_replies(const char *ca, unsigned nth);
/* So many of a hundred requests end, at random but always the same, in a 5xx,
 * a time-out, or a reply that is lost. */
void ca_is_unreliable(const char *ca, unsigned percent);
/* Validation and issuance take so long. */
void ca_is_slow(const char *ca, int64_t seconds);
void ca_issues_for(const char *ca, int64_t days);	/* 90 unless said otherwise */
/* Orders and their authorizations are good so long: 7 days unless said otherwise. */
void ca_orders_last(const char *ca, int64_t days);
/* Renewal information (RFC 9773): a day around two thirds of the lifetime. */
void ca_tells_when_to_renew(const char *ca, bool);
/* Windows of what began to be valid before this moment (Unix seconds) are past. */
void ca_hurries(const char *ca, int64_t before);

/* ---- what they saw ------------------------------------------------------------ */

enum { ANY_ACT = -1 };
size_t ca_count(const char *ca, int act);	/* questions */
size_t ca_requests(const char *ca);	/* what they cost in HTTP: an order is read with its authorizations */
size_t ca_orders(const char *ca);		/* made */
size_t ca_lost(const char *ca);		/* made, and not told */
size_t ca_replacements(const char *ca);	/* orders that named the certificate that they replace */
size_t ca_limited(const char *ca);	/* refused by a rate limit */
/* The most questions within any `span` seconds of from … until. */
size_t ca_peak(const char *ca, int act, int64_t span, int64_t from, int64_t until);
/* The most orders that one hostname had. */
size_t ca_most_orders(const char *ca);
#endif
