/*
 * The corpora of all targets as a suite of Criterion's, for builds without
 * libFuzzer.  An input that breaks a target ends the test; its name is the
 * last thing that the test says.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define CORPUS "tests/fuzz/corpus"
enum { INPUT_MOST = 1 << 20 };

static char path[1024]; /* what is replayed */

/* Of the sanitizers, where they are; they end the process by themselves. */
void __sanitizer_set_death_callback(void (*)(void)) __attribute__((weak));

static void
say_path(void)
{
	static const char before[] = "this input breaks the target: ";

	if (write(STDERR_FILENO, before, sizeof before - 1) > 0 &&
	    write(STDERR_FILENO, path, strlen(path)) > 0)
		(void)!write(STDERR_FILENO, "\n", 1);
}

static void
on_signal(int number)
{
	say_path();
	raise(number); /* SA_RESETHAND: now it kills */
}

static void
watch(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESETHAND | SA_NODEFER };

	sigaction(SIGABRT, &act, NULL);
	if (__sanitizer_set_death_callback != NULL) {
		__sanitizer_set_death_callback(say_path);
		return;
	}
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGFPE, &act, NULL);
}

/* In a block of exactly its size, so that a step over its end is seen. */
static void
replay_file(fuzz_target *target)
{
	FILE *file = fopen(path, "r");
	unsigned char *all = xcalloc(1, INPUT_MOST), *exact;
	size_t size;

	cr_assert_not_null(file, "%s", path);
	size = fread(all, 1, INPUT_MOST, file);
	fclose(file);
	cr_assert(size < INPUT_MOST, "%s is too long", path);
	exact = malloc(size);
	if (size != 0)
		memcpy(exact, all, size);
	free(all);
	target(exact, size);
	free(exact);
}

void
replay_corpus(const char *name, fuzz_target *target)
{
	struct dirent **entries;
	char folder[512];
	int count, replayed = 0;

	snprintf(folder, sizeof folder, CORPUS "/%s", name);
	count = scandir(folder, &entries, NULL, alphasort);
	cr_assert(count > 0, "there is no %s", folder);
	watch();
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.') {
			snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
			replay_file(target);
			replayed++;
		}
		free(entries[i]);
	}
	free(entries);
	cr_assert(replayed > 0, "%s is empty", folder);
}

Test(fuzz, every_corpus_has_a_target)
{
	DIR *dir = opendir(CORPUS);

	cr_assert_not_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "tests/fuzz/fuzz_%s.c", entry->d_name);
		cr_expect_eq(access(path, R_OK), 0, "there is no %s", path);
	}
	closedir(dir);
}
