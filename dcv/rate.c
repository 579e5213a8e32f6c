/*
 * Response-rate limiting.  The table is a cache of sets of four: a newcomer
 * takes the place of the one in its set that was asked longest ago and begins
 * with a full bucket.  To have a bucket of his refilled that way, a flood must
 * hit one set of 16,384 four times, blindly, since the hash is keyed; it gains
 * a second's answers by some 65,000 queries.
 */
#include "dcv/rate.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { SETS = 16384, WAYS = 4, NAME_MAX_OCTETS = 255, TOKEN = 1000, RATE_MAX = 1000000 };

struct bucket {
	int64_t	 at_ms;			/* of the last look */
	uint32_t tag;			/* 0: free */
	uint32_t tokens : 31;		/* thousandths */
	uint32_t has_dropped : 1;	/* the last one over the limit */
};

struct rate {
	uint64_t      k0, k1;
	unsigned      per_second;
	struct bucket sets[SETS][WAYS];
};

/* ---- SipHash-2-4 (Aumasson, Bernstein 2012) --------------------------------- */

static uint64_t
rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void
sip_rounds(uint64_t v[4], unsigned count)
{
	while (count-- > 0) {
		v[0] += v[1]; v[1] = rotate(v[1], 13) ^ v[0]; v[0] = rotate(v[0], 32);
		v[2] += v[3]; v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3]; v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1]; v[1] = rotate(v[1], 17) ^ v[2]; v[2] = rotate(v[2], 32);
	}
}

static uint64_t
hash(const struct rate *r, const unsigned char *octets, size_t len)
{
	uint64_t v[4] = { r->k0 ^ 0x736f6d6570736575, r->k1 ^ 0x646f72616e646f6d,
		r->k0 ^ 0x6c7967656e657261, r->k1 ^ 0x7465646279746573 };

	for (size_t at = 0; at <= len; at += 8) {
		size_t left = len - at < 8 ? len - at : 8;
		uint64_t word = left < 8 ? (uint64_t)len << 56 : 0;

		for (size_t i = 0; i < left; i++)
			word |= (uint64_t)octets[at + i] << 8 * i;
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- buckets -------------------------------------------------------------------- */

struct rate *
rate_new(unsigned per_second, const unsigned char seed[RATE_SEED])
{
	struct rate *r = xcalloc(1, sizeof(*r));

	assert(per_second >= 1 && per_second <= RATE_MAX);
	r->per_second = per_second;
	memcpy(&r->k0, seed, 8);
	memcpy(&r->k1, seed + 8, 8);
	return r;
}

void
rate_free(struct rate *r)
{
	free(r);
}

/* /24 or /56, as other name servers count: a household, or a site. */
static size_t
network_of(const struct sockaddr *peer, unsigned char out[8])
{
	if (peer->sa_family == AF_INET) {
		out[0] = 4;
		memcpy(out + 1, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 3);
		return 4;
	}
	if (peer->sa_family == AF_INET6) {
		out[0] = 6;
		memcpy(out + 1, &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr, 7);
		return 8;
	}
	out[0] = 0;
	return 1;
}

static struct bucket *
find_bucket(struct rate *r, uint64_t h, int64_t now_ms)
{
	struct bucket *set = r->sets[h % SETS], *oldest = set;
	uint32_t tag = (uint32_t)(h >> 32) | 1;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].tag == tag)
			return &set[i];
		if (set[i].tag == 0 || (oldest->tag != 0 && set[i].at_ms < oldest->at_ms))
			oldest = &set[i];
	}
	*oldest = (struct bucket){ .at_ms = now_ms, .tag = tag, .tokens = r->per_second * TOKEN };
	return oldest;
}

static void
refill(const struct rate *r, struct bucket *b, int64_t now_ms)
{
	int64_t passed = now_ms - b->at_ms, full = (int64_t)r->per_second * TOKEN, tokens;

	if (passed <= 0)
		return;
	tokens = b->tokens + passed * r->per_second;	/* thousandths, milliseconds: whole numbers */
	b->tokens = (uint32_t)(tokens < full ? tokens : full) & 0x7fffffff;
	b->at_ms = now_ms;
}

enum rate_verdict
rate_take(struct rate *r, const struct sockaddr *peer, enum rate_kind kind,
    const void *name, size_t name_len, int64_t now_ms)
{
	unsigned char key[8 + 1 + NAME_MAX_OCTETS];
	size_t len = network_of(peer, key);
	struct bucket *b;

	assert(name_len <= NAME_MAX_OCTETS);
	key[len++] = (unsigned char)kind;
	if (name_len > 0)
		memcpy(key + len, name, name_len);
	b = find_bucket(r, hash(r, key, len + name_len), now_ms);
	refill(r, b, now_ms);
	if (b->tokens >= TOKEN) {
		b->tokens -= TOKEN;
		return RATE_SEND;
	}
	b->has_dropped = !b->has_dropped;
	return b->has_dropped ? RATE_DROP : RATE_TRUNCATE;
}
