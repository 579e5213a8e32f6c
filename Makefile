# One Makefile, no recursion.
#   make [MODE=release|debug|asan|cov|fuzz] [V=1]     build/$(MODE)/certwright
#   make test | lint | demo | bench | fuzz [FUZZ_SECONDS=60] | install | clean
MODE    ?= release
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)	# libFuzzer is clang's
override MODE := fuzz
CC      := clang
endif
B       := build/$(MODE)
VERSION := 0.1.0
PKGS    := libuv libcurl openssl ldns libpq jansson libmicrohttpd libidn2 libsystemd
prefix  ?= /usr
PGBIN   ?= $(lastword $(sort $(wildcard /usr/lib/postgresql/*/bin)))

WARN    := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
           -Wvla -Wswitch-enum -Wformat=2 -Wundef -Wpointer-arith -Wnull-dereference -Werror
CFLAGS.release := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection \
                  -fcf-protection $(if $(findstring clang,$(CC)),,-ftrivial-auto-var-init=zero)
CFLAGS.debug   := -O1
CFLAGS.asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS.cov     := -O0 --coverage
CFLAGS.fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ALLCFLAGS := -std=c17 -D_GNU_SOURCE -I. -I$(B) -g -fPIE $(WARN) -MMD -MP \
             -DCERTWRIGHT_VERSION='"$(VERSION)"' $(CFLAGS.$(MODE)) \
             $(shell pkg-config --cflags $(PKGS) 2>/dev/null) $(CFLAGS)
ALLLDFLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack \
              $(filter -fsanitize=% --coverage,$(CFLAGS.$(MODE))) $(LDFLAGS)
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm
Q       := $(if $(V),,@)

FLOORS  := base io scheduler dcv acme webhooks edge cli cli/command
SRC     := $(filter-out cli/main.c,$(foreach d,$(FLOORS),$(wildcard $(d)/*.c)))
OBJ     := $(SRC:%.c=$(B)/%.o) $(B)/migrations/embedded.o
SQL     := $(sort $(wildcard migrations/*.sql)) $(sort $(wildcard migrations/functions/*.sql))
LIB     := $(B)/libcertwright.a

# tests/kit is a library too; world.c stands in for the outside and is linked
# only where a test says so.
KIT     := $(patsubst %.c,$(B)/%.o,$(filter-out tests/kit/world.c tests/kit/migrated.c tests/kit/%_main.c,$(wildcard tests/kit/*.c)))
KITLIB  := $(B)/libkit.a
SUITES  := $(foreach s,unit fuzz flow net db sim system fault,$(if $(wildcard tests/$(s)/*.c),$(s)))
TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
TOOLS   := $(patsubst tests/kit/%_main.c,$(B)/tests/%,$(wildcard tests/kit/*_main.c))

all: $(B)/certwright
build-tests: $(SUITES:%=$(B)/tests/%.run) $(TOOLS) $(B)/certwright
test: build-tests
	$(Q)tools/run-tests $(B) $(SUITES)
lint:
	$(Q)tools/lint
# Ratios, not seconds; needs npm's registry only to compare with graphile-worker.
bench: $(B)/tests/bench.run
	$(Q)tests/bench/install build/bench || echo "GRAPHILE-WORKER COULD NOT BE INSTALLED: no comparison with it"
	$(Q)$(B)/tests/bench.run build/bench
# Each target for a while: TARGETS='name json' FUZZ_SECONDS=600.
FUZZ_SECONDS ?= 60
fuzz: $(TARGETS:%=$(B)/fuzz/%)
	$(Q)tools/fuzz $(B) $(FUZZ_SECONDS) $(TARGETS)
demo: all $(TOOLS)
	$(Q)tools/lab/demo $(B)

$(B)/certwright: $(B)/cli/main.o $(LIB)
	@echo "  LD    $@"
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $^ $(LIBS)
$(LIB): $(OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(KITLIB): $(KIT)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/migrations/embedded.c: $(SQL) tools/embed-sql
	@mkdir -p $(@D)
	$(Q)tools/embed-sql $(SQL) > $@.new && mv $@.new $@
$(B)/migrations/embedded.o: $(B)/migrations/embedded.c
	@echo "  CC    $<"
	$(Q)$(CC) $(ALLCFLAGS) -c -o $@ $<
$(B)/%.o: %.c Makefile
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(ALLCFLAGS) -c -o $@ $<
# A fuzz target is a program of its own, or, where there is no libFuzzer, a
# test that replays its corpus: tests/fuzz/fuzz.h.
$(B)/tests/fuzz/fuzz_%.o: tests/fuzz/fuzz_%.c Makefile
	@mkdir -p $(@D); echo "  CC    $<"
	$(Q)$(CC) $(ALLCFLAGS) $(if $(filter fuzz,$(MODE)),,-DREPLAY=$*) -c -o $@ $<
$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(LIB)
	@echo "  LD    $@"; mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# One Criterion binary a folder.
define suite
$(B)/tests/$(1).run: $(patsubst %.c,$(B)/%.o,$(wildcard tests/$(1)/*.c)) \
    $(if $(filter sim fault,$(1)),$(B)/tests/kit/world.o) \
    $(if $(filter db sim fault,$(1)),$(B)/tests/kit/migrated.o) $(KITLIB) $(LIB)
	@echo "  LD    $$@"; mkdir -p $$(@D)
	$$(Q)$$(CC) $$(ALLLDFLAGS) -o $$@ $$^ $$(LIBS) -lcriterion
endef
$(foreach s,$(SUITES),$(eval $(call suite,$(s))))
$(B)/tests/bench.run: $(patsubst %.c,$(B)/%.o,$(wildcard tests/bench/*.c)) $(KITLIB) $(LIB)
	@echo "  LD    $@"; mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $^ $(LIBS)
$(B)/tests/%: $(B)/tests/kit/%_main.o $(KITLIB) $(LIB)
	@echo "  LD    $@"; mkdir -p $(@D)
	$(Q)$(CC) $(ALLLDFLAGS) -o $@ $^ $(LIBS)

# The sample goes to /usr/share: /etc is the administrator's.
install: all
	install -D -m 755 $(B)/certwright $(DESTDIR)$(prefix)/bin/certwright
	install -D -m 644 dist/certwright.8 $(DESTDIR)$(prefix)/share/man/man8/certwright.8
	install -D -m 644 dist/certwright.service $(DESTDIR)/lib/systemd/system/certwright.service
	install -D -m 644 dist/certwright.conf.sample $(DESTDIR)$(prefix)/share/certwright/certwright.conf.sample

clean:
	rm -rf build
.PHONY: all build-tests test lint bench fuzz demo install clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(B) -name '*.d' 2>/dev/null)
