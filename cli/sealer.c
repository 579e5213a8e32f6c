/*
 * C twin of list_unsealed_secrets() and store_sealed_secret().  Looks when it
 * is told to and each second besides; what is stored is only taken if the
 * clear value is still the one that was sealed.
 */
#include "cli/sealer.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "io/log.h"

enum { EVERY_MS = 1000, DEADLINE_MS = 30 * 1000, MOST_BYTES = 8 << 20 };

struct sealer {
	struct pg	  *pg;
	const struct seal *seal;
	struct timer	  *timer;
	bool		   is_busy;
	int		   under_way;	/* secrets that are being stored */
	bool		   complained;
};

static void
complain(struct sealer *s, const struct err *err)
{
	/* the database being away is told once, by the pool */
	if (!s->complained && strcmp(err->code, "database_down") != 0)
		log_event(LOG_ERROR, "secrets could not be sealed", "detail", err->detail, NULL);
	s->complained = true;
}

static void
stored(void *arg, const PGresult *result, const struct err *err)
{
	struct sealer *s = arg;

	(void)result;
	if (err != NULL)
		complain(s, err);
	if (--s->under_way == 0)
		s->is_busy = false;
}

bool
sealer_retire(const struct seal *seal, struct arena *a, const char *webhook, const char *hex,
    unsigned char **ret_sealed, size_t *ret_len, struct err *ret_err)
{
	size_t len = 0;
	unsigned char *bytes = PQunescapeBytea((const unsigned char *)hex, &len);
	auto_secret clear = { 0 };
	bool is_open;

	if (bytes == NULL)
		abort();	/* out of memory */
	is_open = seal_unlock(seal, arena_printf(a, "webhook/%s/secret", webhook), bytes, len, &clear, ret_err);
	PQfreemem(bytes);
	if (is_open)
		seal_lock(seal, a, arena_printf(a, "webhook/%s/old_secret", webhook), clear.bytes, clear.len,
		    ret_sealed, ret_len);
	return is_open;
}

/* A previous secret that does not open (another key) is dropped. */
static void
add_previous(struct sealer *s, struct arena *a, struct pg_args *args, const char *id, const char *hex)
{
	size_t len = 0;
	unsigned char *old = NULL;
	struct err err;

	if (hex != NULL && !sealer_retire(s->seal, a, id, hex, &old, &len, &err))
		complain(s, &err);
	if (old != NULL)
		pg_add_bytes(args, old, len);
	else
		pg_add_text(args, NULL);
}

static void
seal_one(struct sealer *s, struct arena *a, const PGresult *result, int row)
{
	const char *id = pg_value(result, row, "webhook");
	const char *kind = pg_value(result, row, "name");
	const char *clear = pg_value(result, row, "clear");
	struct pg_args *args = pg_args_new();
	unsigned char *sealed;
	size_t len;

	seal_lock(s->seal, a, arena_printf(a, "webhook/%s/%s", id, kind), clear, strlen(clear), &sealed, &len);
	pg_add_text(args, id);
	pg_add_text(args, kind);
	pg_add_text(args, clear);
	pg_add_bytes(args, sealed, len);
	add_previous(s, a, args, id, pg_value(result, row, "previous"));
	s->under_way++;
	pg_call(s->pg, "select certwright.store_sealed_secret($1::uuid, $2, $3, $4, $5::bytea)", args, DEADLINE_MS,
	    stored, s);
}

static void
listed(void *arg, const PGresult *result, const struct err *err)
{
	struct sealer *s = arg;
	auto_arena *a = arena_new(MOST_BYTES);

	if (err != NULL) {
		complain(s, err);
		s->is_busy = false;
		return;
	}
	s->complained = false;
	for (int i = 0; i < PQntuples(result); i++)
		seal_one(s, a, result, i);
	s->is_busy = s->under_way > 0;
}

static void
look(void *arg)
{
	struct sealer *s = arg;

	if (s->is_busy)
		return;
	s->is_busy = true;
	pg_call(s->pg, "select webhook, name, clear, previous from certwright.list_unsealed_secrets() limit 1000", NULL,
	    DEADLINE_MS, listed, s);
}

static void
woken(void *arg, const char *payload)
{
	if (strcmp(payload, "secrets") == 0)
		look(arg);
}

struct sealer *
sealer_open(struct loop *loop, struct pg *pg, const struct seal *seal)
{
	struct sealer *s = xcalloc(1, sizeof *s);

	s->pg = pg;
	s->seal = seal;
	s->timer = timer_new(loop, look, s);
	timer_start(s->timer, 0, EVERY_MS);
	pg_listen(pg, "certwright", woken, s);
	return s;
}

void
sealer_close(struct sealer *s)
{
	if (s == NULL)
		return;
	timer_free(s->timer);
	free(s);
}
