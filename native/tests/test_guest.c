/* How the launcher watches a guest, with a process in QEMU's place: what it says and does not say, and what it is held to be. */
#define _GNU_SOURCE
#include "check.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../abi/guest.h"
#include "../vm/guest.h"

#define NEVER_MS 1000000

static void (*acts)(const struct qemu_guest *lines);
static int looks_away = -1; /* a line; -1: it does not */

pid_t qemu_start(const struct qemu_guest *g)
{
	pid_t child = fork();
	if (child != 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	acts(g);
	_exit(0);
}

void qemu_settle(pid_t qemu, int core)
{
	(void)qemu, (void)core;
}

/* As the launcher sees it; once, where it looks away, as if what comes on the line came only after it had looked. */
int poll(struct pollfd *p, nfds_t n, int ms)
{
	struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	if (looks_away < 0)
		return ppoll(p, n, &limit, NULL);
	struct pollfd line = {.fd = looks_away, .events = POLLIN};
	looks_away = -1;
	ppoll(&line, 1, NULL, NULL);
	usleep(2000);
	for (nfds_t i = 0; i < n; i++)
		p[i].revents = 0;
	return 0;
}

static void say(int line, const char *text)
{
	if (write(line, text, strlen(text)) < 0)
		_exit(1);
}

/* Returns how it ended. */
static enum guest_end watch(struct guest *g, void (*how)(const struct qemu_guest *), int is_late)
{
	struct qemu_guest q = {0};
	acts = how;
	assert_int_equal(guest_open_lines(g, &q, NULL), 0);
	assert_int_equal(guest_start(g, &q), 0);
	looks_away = is_late ? g->control : -1;
	return guest_watch(g);
}

static void chatters(const struct qemu_guest *lines)
{
	for (;;)
		say(lines->console, "still starting\n");
}

static void chatters_on_every_line(const struct qemu_guest *lines)
{
	for (;;) {
		say(lines->control, "soon\n");
		say(lines->console, "soon\n");
		say(lines->output, "\n");
	}
}

static void is_ready_and_chatters(const struct qemu_guest *lines)
{
	say(lines->control, NETVM_GUEST_READY "\n");
	chatters(lines);
}

static void leaves_and_chatters(const struct qemu_guest *lines)
{
	say(lines->control, NETVM_GUEST_READY "\n" NETVM_GUEST_EXIT " 3\n");
	chatters(lines);
}

static void leaves(const struct qemu_guest *lines)
{
	say(lines->control, NETVM_GUEST_READY "\n" NETVM_GUEST_EXIT " 3\n");
}

static void one_that_chatters_has_the_same_limits(void **state)
{
	(void)state;
	struct guest starts = {.core = -1, .ready_ms = 200, .hung_ms = NEVER_MS}, talks = starts, hangs = {.core = -1, .ready_ms = NEVER_MS, .hung_ms = 200};
	struct guest stays = {.core = -1, .ready_ms = NEVER_MS, .hung_ms = NEVER_MS};
	assert_int_equal(watch(&starts, chatters, 0), GUEST_NOT_READY);
	assert_int_equal(watch(&talks, chatters_on_every_line, 0), GUEST_NOT_READY);
	assert_int_equal(watch(&hangs, is_ready_and_chatters, 0), GUEST_HUNG);
	assert_true(hangs.is_ready);
	assert_int_equal(watch(&stays, leaves_and_chatters, 0), GUEST_LEFT); /* and does not power off */
	assert_int_equal(stays.nf_status, 3);
}

static void what_it_said_in_time_counts_when_it_is_heard_late(void **state)
{
	(void)state;
	struct guest g = {.core = -1, .ready_ms = 0, .hung_ms = NEVER_MS};
	assert_int_equal(watch(&g, leaves, 1), GUEST_LEFT);
	assert_true(g.is_ready);
	assert_int_equal(g.nf_status, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_chatters_has_the_same_limits),
		cmocka_unit_test(what_it_said_in_time_counts_when_it_is_heard_late),
	};
	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
