#ifndef DCV_RATE_H
#define DCV_RATE_H
/*
 * Response-rate limiting: equal answers to one network (IPv4 /24, IPv6 /56)
 * have a bucket of tokens that holds those of one second.  Pure; the memory
 * is fixed, whoever asks.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum rate_kind { RATE_POSITIVE, RATE_NXDOMAIN, RATE_NODATA, RATE_ERROR };
enum rate_verdict {
	RATE_SEND,
	RATE_TRUNCATE,	/* every second one over the limit: whoever is real comes by TCP */
	RATE_DROP,
};
enum { RATE_SEED = 16 };

struct rate;
/* `seed` is secret and random: who knows it can choose whom to collide with. */
struct rate *rate_new(unsigned per_second, const unsigned char seed[RATE_SEED]);
void rate_free(struct rate *);	/* NULL is fine */
/* Answers of the same kind and name are equal; `name` is of at most 255 octets. */
enum rate_verdict rate_take(struct rate *, const struct sockaddr *peer, enum rate_kind,
    const void *name, size_t name_len, int64_t now_ms);
#endif
