/* Handshake after handshake, until each leaf was seen or time is up. */
#include "edge/probe.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/tls.h"

/* One handshake may take this long; a hanging one must not use up all the time. */
enum { HANDSHAKE_MS = 3000, LEAST_HANDSHAKE_MS = 250, MOST_FOUND = 256 };

/* Milliseconds between two looks; the last one from then on. */
static const int64_t pauses[] = { 50, 100, 200, 500, 1000 };
enum { PAUSES = sizeof pauses / sizeof pauses[0] };

struct probe {
	struct loop	  *loop;
	char		  *address_port;
	const struct pack *pack;
	probe_done	  *done;
	void		  *arg;
	struct timer	  *pause;
	int64_t		   until_ms;
	int		   kind;	/* enum pack_kind that is asked for now */
	int		   looks;	/* of this kind */
	bool		   is_asking;	/* a handshake is under way */
	bool		   is_stopped;	/* freed when the handshake ends */
};

static void
probe_free(struct probe *p)
{
	timer_free(p->pause);
	free(p->address_port);
	free(p);
}

void
probe_stop(struct probe *p)
{
	if (p == NULL)
		return;
	p->is_stopped = true;
	if (!p->is_asking)
		probe_free(p);
}

/* The one way out with an answer. */
static void
probe_end(struct probe *p, const struct err *err)
{
	probe_done *done = p->done;
	void *arg = p->arg;

	probe_free(p);
	done(arg, err);
}

/* ---- what was found ------------------------------------------------------- */

enum { FINGERPRINT = 2 * SHA256_DIGEST_LENGTH + 1 };

static void
fingerprint(const unsigned char *der, size_t len, char out[FINGERPRINT])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(der, len, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void
say_found(const unsigned char *leaf, size_t len, const struct err *err, char out[MOST_FOUND])
{
	char sha256[FINGERPRINT];

	if (leaf == NULL) {
		snprintf(out, MOST_FOUND, "no certificate (%s%s%s)", err->code,
		    err->detail != NULL ? ": " : "", err->detail != NULL ? err->detail : "");
		return;
	}
	fingerprint(leaf, len, sha256);
	snprintf(out, MOST_FOUND, "sha256 %s", sha256);
}

static void
give_up(struct probe *p, const char *found)
{
	static const char *const names[PACK_KINDS] = { "ecdsa", "rsa" };
	const struct pack_pair *pair = &p->pack->pairs[p->kind];
	char expected[FINGERPRINT], detail[3 * MOST_FOUND + 256];
	struct err err = err_new(ERR_edge_probe, detail);

	fingerprint(pair->leaf, pair->leaf_len, expected);
	snprintf(detail, sizeof detail, "%s for %s at %s: expected sha256 %s, found %s",
	    names[p->kind], p->pack->hostname, p->address_port, expected, found);
	probe_end(p, &err);
}

/* ---- looks ---------------------------------------------------------------- */

static void look(void *arg);

/* The first kind from `kind` on that the pack has. */
static int
kind_from(const struct pack *pack, int kind)
{
	while (kind < PACK_KINDS && pack->pairs[kind].chain == NULL)
		kind++;
	return kind;
}

/* Ask for the next kind, or end well. */
static void
next_kind(struct probe *p)
{
	p->kind = kind_from(p->pack, p->kind + 1);
	p->looks = 0;
	if (p->kind < PACK_KINDS)
		look(p);
	else
		probe_end(p, NULL);
}

static bool
is_the_leaf(const struct probe *p, const unsigned char *leaf, size_t len)
{
	const struct pack_pair *pair = &p->pack->pairs[p->kind];

	return leaf != NULL && len == pair->leaf_len && memcmp(leaf, pair->leaf, len) == 0;
}

static void
on_leaf(void *arg, const unsigned char *leaf, size_t len, const struct err *err)
{
	struct probe *p = arg;
	int64_t pause = pauses[p->looks < PAUSES ? p->looks : PAUSES - 1];
	char found[MOST_FOUND];

	p->is_asking = false;
	if (p->is_stopped) {
		probe_free(p);
	} else if (is_the_leaf(p, leaf, len)) {
		next_kind(p);
	} else if (loop_now_ms(p->loop) + pause > p->until_ms) {
		say_found(leaf, len, err, found);
		give_up(p, found);
	} else {
		p->looks++;
		timer_start(p->pause, pause, 0);
	}
}

static void
look(void *arg)
{
	static const enum tls_key keys[PACK_KINDS] = { TLS_ECDSA, TLS_RSA };
	struct probe *p = arg;
	int64_t left = p->until_ms - loop_now_ms(p->loop);

	if (left > HANDSHAKE_MS)
		left = HANDSHAKE_MS;
	if (left < LEAST_HANDSHAKE_MS)	/* the last look gets a fair chance */
		left = LEAST_HANDSHAKE_MS;
	p->is_asking = true;
	tls_probe(p->loop, p->address_port, p->pack->hostname, keys[p->kind], left, on_leaf, p);
}

struct probe *
probe_start(struct loop *loop, const char *address_port, const struct pack *pack, int64_t for_ms,
    probe_done *done, void *arg)
{
	struct probe *p = xcalloc(1, sizeof *p);

	*p = (struct probe){
		.loop = loop, .address_port = xstrdup(address_port), .pack = pack, .done = done, .arg = arg,
		.until_ms = loop_now_ms(loop) + for_ms, .kind = kind_from(pack, 0),
	};
	p->pause = timer_new(loop, look, p);
	timer_start(p->pause, 0, 0);	/* never done() before we have returned */
	return p;
}
