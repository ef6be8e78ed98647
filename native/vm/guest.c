#define _GNU_SOURCE
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 100         /* between two looks at what time it is */
#define POWER_OFF_MS 5000   /* that a guest takes at most once its NF has left */

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int complain(const char *what)
{
	fprintf(stderr, "netvm-vm: %s: %s\n", what, strerror(errno));
	return -1;
}

static int pair(int *ours, int *theirs)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return complain("socketpair");
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

int guest_open_lines(struct guest *g, struct qemu_guest *qemu, const char *serial)
{
	g->output_log.fd = STDOUT_FILENO;
	g->console_log.fd = open(serial ? serial : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (g->console_log.fd < 0)
		return complain(serial);
	if (pair(&g->console, &qemu->console) != 0 || pair(&g->control, &qemu->control) != 0 || pair(&g->output, &qemu->output) != 0)
		return -1;
	return 0;
}

/* Of what ends us none may be lost between here and the first look: they are blocked, and read. */
static int take_signals(struct guest *g)
{
	sigset_t ends;
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	g->signals = signalfd(-1, &ends, SFD_CLOEXEC);
	return g->signals < 0 ? complain("signalfd") : 0;
}

int guest_start(struct guest *g, const struct qemu_guest *qemu)
{
	if (take_signals(g) != 0)
		return -1;
	g->start_ms = g->alive_ms = now_ms();
	g->qemu = qemu_start(qemu);
	if (g->qemu < 0)
		return -1;
	/* Its ends are its own now: when it dies, ours see an end. */
	close(qemu->console);
	close(qemu->control);
	close(qemu->output);
	g->pidfd = (int)syscall(SYS_pidfd_open, g->qemu, 0);
	return g->pidfd < 0 ? complain("pidfd_open") : 0;
}

static void hear(struct guest *g, const char *word)
{
	int number;
	char what[16];
	if (strcmp(word, NETVM_GUEST_READY) == 0) {
		if (g->is_ready)
			return;
		if (g->core >= 0)
			qemu_settle(g->qemu, g->core);
		g->up_ms = now_ms();
		g->is_ready = 1;
	} else if (sscanf(word, "%15s %d", what, &number) == 2 && !g->has_left) {
		g->has_left = 1;
		g->left_ms = now_ms();
		if (strcmp(what, NETVM_GUEST_EXIT) == 0)
			g->nf_status = number & 0xff;
		else
			g->nf_signal = number & 0x7f;
	}
}

/* Whatever comes is a sign of life. A line that is too long says nothing. */
static void take_control(struct guest *g, const char *bytes, ssize_t n)
{
	g->alive_ms = now_ms();
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\n') {
			g->word[g->word_bytes] = bytes[i];
			g->word_bytes += g->word_bytes < GUEST_WORD_BYTES - 1;
			continue;
		}
		g->word[g->word_bytes] = 0;
		if (g->word_bytes < GUEST_WORD_BYTES - 1)
			hear(g, g->word);
		g->word_bytes = 0;
	}
}

/* Returns whether there was something: so much at a time that no line can keep us from the others. */
static int take_line(struct guest *g, int line)
{
	char bytes[4096];
	ssize_t n = recv(line, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n <= 0)
		return 0;
	if (line == g->control)
		take_control(g, bytes, n);
	else
		sink_take(line == g->console ? &g->console_log : &g->output_log, bytes, (size_t)n);
	return 1;
}

static void take_all_lines(struct guest *g)
{
	while (take_line(g, g->console))
		;
	while (take_line(g, g->control))
		;
	while (take_line(g, g->output))
		;
}

/* What the clock says of the guest, by what was heard of it. */
static enum guest_end late(const struct guest *g, int64_t now)
{
	if (g->has_left)
		return now - g->left_ms > POWER_OFF_MS ? GUEST_LEFT : GUEST_RUNS;
	if (!g->is_ready)
		return now - g->start_ms > g->ready_ms ? GUEST_NOT_READY : GUEST_RUNS;
	return now - g->alive_ms > g->hung_ms ? GUEST_HUNG : GUEST_RUNS;
}

/* Whatever it says on other lines. That it is late is believed only when nothing is left on its control line that it had said by then: we may not have run ourselves. */
static enum guest_end judge(struct guest *g)
{
	int64_t now = now_ms();
	enum guest_end end = late(g, now);
	if (end != GUEST_RUNS && take_line(g, g->control))
		end = late(g, now);
	return end;
}

static enum guest_end look(struct guest *g)
{
	struct pollfd p[] = {
		{.fd = g->pidfd, .events = POLLIN},   {.fd = g->signals, .events = POLLIN}, {.fd = g->bells ? g->bells->any : -1, .events = POLLIN},
		{.fd = g->console, .events = POLLIN}, {.fd = g->control, .events = POLLIN}, {.fd = g->output, .events = POLLIN},
	};
	poll(p, sizeof p / sizeof p[0], LOOK_MS);
	if (p[2].revents)
		bells_answer(g->bells);
	for (int i = 3; i < 6; i++) {
		if (p[i].revents & POLLIN)
			take_line(g, p[i].fd);
	}
	if (p[0].revents) {
		take_all_lines(g);
		return g->has_left ? GUEST_LEFT : GUEST_ENDED;
	}
	if (p[1].revents)
		return GUEST_TOLD_TO_END;
	return judge(g);
}

enum guest_end guest_watch(struct guest *g)
{
	enum guest_end end;
	do {
		end = look(g);
	} while (end == GUEST_RUNS);
	kill(g->qemu, SIGKILL); /* not reaped yet, so nobody else has its pid */
	waitpid(g->qemu, &g->qemu_status, 0);
	take_all_lines(g);
	return end;
}
