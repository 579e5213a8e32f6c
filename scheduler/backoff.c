/* When to try again. */
#include "scheduler/backoff.h"

enum { OURS = 15, LONGEST = 86400, NO_JITTER_UNDER = 60 };

static const int32_t validation[] = {
	60, 63, 66, 69, 72, 76, 80, 84, 88, 93,
	242, 279, 321, 369, 424, 488, 561, 645, 742, 853,
	981, 1129, 1298, 1493, 1717, 1975, 2271, 2612, 3003, 3454,
	3972, 4568, 5253, 6041, 6948, 7990, 9189, 10567, 12152, 13975,
	14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400,
	14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400,
	14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400, 14400,
	14400, 14400, 14400, 14400, 14400,
};

const struct schedule validation_schedule = {
	validation, sizeof validation / sizeof validation[0]
};

static int64_t
scheduled(const struct schedule *schedule, int attempts)
{
	if (attempts < 0)
		attempts = 0;
	if (attempts >= schedule->count)
		attempts = schedule->count - 1;
	return schedule->wait[attempts];
}

struct again
backoff(const struct schedule *schedule, const struct err *err, int attempts,
    int64_t percent, uint32_t random)
{
	bool ours = err->blame == BLAME_US;
	int64_t wait = ours ? OURS : scheduled(schedule, attempts);

	if (wait < err->retry_after)
		wait = err->retry_after < LONGEST ? err->retry_after : LONGEST;
	if (wait >= NO_JITTER_UNDER && percent > 0)
		wait += wait * percent / 100 * (random % 1001) / 1000;
	return (struct again){ .wait = wait, .counts = !ours };
}
