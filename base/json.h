#ifndef BASE_JSON_H
#define BASE_JSON_H
/*
 * Thin, safe reading of foreign JSON (jansson underneath): at most `max`
 * bytes, depth 16, duplicate members refused.  Getters never fail hard: a
 * missing member or one of another type reads as NULL, the default, or zero.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

/* A new reference that the caller owns (auto_json), NULL if it is not JSON;
 * then *ret_err has code json_bad with where and why. */
json_t *json_read(const char *bytes, size_t len, size_t max, struct arena *, struct err *ret_err);
const char *json_str(const json_t *obj, const char *member);		/* borrowed or NULL */
int64_t json_int(const json_t *obj, const char *member, int64_t otherwise);
bool json_bool(const json_t *obj, const char *member, bool otherwise);
const json_t *json_list(const json_t *obj, const char *member);	/* an array; borrowed or NULL */
/* Compact text in the arena, members in insertion order. */
char *json_write(struct arena *, const json_t *);

static inline void
json_cleanup(json_t **j)
{
	json_decref(*j);
}
#define auto_json __attribute__((cleanup(json_cleanup))) json_t
#endif
