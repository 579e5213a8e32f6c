#ifndef KIT_WORLD_H
#define KIT_WORLD_H
/*
 * The outside, played: linked instead of io/dns.c, io/http.c and io/tls.c, so
 * that the whole engine runs on a real database in virtual time.  Mocks stand
 * here because no real name server lives through a week in seconds.  Every
 * question is answered on the next turn of the loop and counted.
 *
 * There is one resolver, and whatever name server is asked directly serves all
 * names.  Web servers are on IPv4, and on IPv6 where the host has an AAAA.
 */
#include <stdbool.h>
#include <stddef.h>
#include "base/dns.h"

/* Nothing exists, nothing was asked. */
void world_reset(void);

/* From now on this name has this record besides what it has.  A CNAME is
 * followed as a resolver would. */
void world_has(const char *name, enum dns_type, const char *value);
void world_forgets(const char *name);	/* all its records */
/* Trouble: questions for names that end so get this error; NULL: no trouble. */
void world_dns_fails(const char *suffix, const char *code, enum blame);
/* DNSSEC of names that end so is broken: dns_servfail to DNS_RECURSIVE, the
 * answer to any other question.  NULL: of none. */
void world_bogus(const char *suffix);
/* A web server: GET of exactly this URL answers so. */
void world_serves(const char *url, int status, const char *body);
/* Web servers for all other URLs: the body (the caller frees it) for a 200, or
 * NULL for none. */
typedef char *world_host(void *arg, const char *url);
void world_hosts(world_host *, void *arg);

size_t world_questions(void);		/* DNS questions since the reset */
size_t world_requests(void);		/* HTTP requests since the reset */
/* Called before each outside act with its number (1, 2, …) and what it is
 * ("dns NAME TYPE"); for faults.  False: the act fails, by a fault of ours. */
typedef bool world_act(void *arg, size_t number, const char *what);
void world_watch(world_act *, void *arg);

/* ---- for other players (tests/kit/played_ca.c) ----------------------------- */

/* Theirs are acts too: counted, and false if it must fail. */
bool world_acts(const char *what);
/* What anybody finds there: the body of a 200 (the caller frees it) or NULL. */
char *world_get(const char *url);
bool world_has_txt(const char *name, const char *value);
#endif
