#define _GNU_SOURCE
#include "qemu.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../abi/guest.h"

#define ARGUMENTS_MAX 64
#define TEXT_BYTES 4096

struct command {
	char *argv[ARGUMENTS_MAX];
	int n;
};

/* Each argument lives as long as the process: there is one command line in it. */
__attribute__((format(printf, 2, 3))) static void add(struct command *c, const char *format, ...)
{
	char text[TEXT_BYTES];
	va_list list;
	va_start(list, format);
	vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (c->n < ARGUMENTS_MAX - 1)
		c->argv[c->n++] = strdup(text);
}

/* A comma in a value is doubled. */
static const char *value(const char *text, char *to, size_t bytes)
{
	size_t n = 0;
	for (; *text && n + 2 < bytes; text++) {
		if (*text == ',')
			to[n++] = ',';
		to[n++] = *text;
	}
	to[n] = 0;
	return to;
}

static void add_line(struct command *c, const char *name, int fd)
{
	add(c, "-chardev");
	add(c, "socket,id=%s,fd=%d", name, fd);
	add(c, "-serial");
	add(c, "chardev:%s", name);
}

/* reserve=off: what netvmd has not filled is a hole, and no pages are set aside for it. */
static void add_region(struct command *c, const struct qemu_guest *g)
{
	char path[TEXT_BYTES / 2];
	add(c, "-object");
	add(c, "memory-backend-file,id=region,share=on,reserve=off,size=%lu,mem-path=%s", g->region_bytes, value(g->region, path, sizeof path));
	add(c, "-device");
	add(c, "ivshmem-plain,memdev=region");
	add(c, "-chardev");
	add(c, "socket,id=bells,fd=%d", g->bells);
	add(c, "-device");
	add(c, "ivshmem-doorbell,chardev=bells,vectors=%u", NETVM_BELLS);
}

static void compose(struct command *c, const struct qemu_guest *g)
{
	add(c, "%s", g->program);
	add(c, "-nodefaults");
	add(c, "-no-user-config");
	add(c, "-no-reboot");
	add(c, "-display");
	add(c, "none");
	add(c, "-sandbox");
	add(c, "on,obsolete=deny,elevateprivileges=deny,spawn=deny");
	add(c, "-machine");
	add(c, "pc,usb=off,vmport=off");
	add(c, "-accel");
	add(c, "%s", g->accel);
	add(c, "-cpu");
	add(c, "%s", strcmp(g->accel, "kvm") == 0 ? "host" : "max");
	add(c, "-m");
	add(c, "%dM", g->memory_mb);
	add(c, "-kernel");
	add(c, "%s", g->kernel);
	add(c, "-initrd");
	add(c, "/proc/self/fd/%d", g->initrd);
	add(c, "-append");
	add(c, "console=%s loglevel=4 panic=-1 no_timer_check cryptomgr.notests random.trust_cpu=on", NETVM_GUEST_CONSOLE);
	add_line(c, "console", g->console);
	add_line(c, "control", g->control);
	add_line(c, "output", g->output);
	if (g->region)
		add_region(c, g);
}

static int pin(pid_t thread, int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET((unsigned)core, &set);
	return sched_setaffinity(thread, sizeof set, &set);
}

/* Twice: a thread that came in between has its core from one that is pinned. */
void qemu_settle(pid_t qemu, int core)
{
	char directory[32];
	snprintf(directory, sizeof directory, "/proc/%d/task", (int)qemu);
	for (int turn = 0; turn < 2; turn++) {
		DIR *threads = opendir(directory);
		for (struct dirent *e; threads && (e = readdir(threads));) {
			if (e->d_name[0] != '.')
				pin((pid_t)atoi(e->d_name), core);
		}
		if (threads)
			closedir(threads);
	}
}

/* In the child. It inherits core and scheduling, and nothing of what is open but its ends. */
static _Noreturn void become(const struct qemu_guest *g, char **argv, pid_t parent)
{
	int ends[] = {g->initrd, g->console, g->control, g->output, g->bells}, nothing = open("/dev/null", O_RDONLY);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		if (ends[i] > STDERR_FILENO)
			fcntl(ends[i], F_SETFD, 0);
	}
	dup2(nothing, STDIN_FILENO);
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (g->boot_core >= 0)
		pin(0, g->boot_core);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* who has died already says nothing any more */
		_exit(1);
	execvp(argv[0], argv);
	fprintf(stderr, "netvm-vm: %s: %s; apt-get install qemu-system-x86 brings it\n", argv[0], strerror(errno));
	_exit(127);
}

pid_t qemu_start(const struct qemu_guest *g)
{
	struct command c = {0};
	compose(&c, g);
	pid_t parent = getpid(), child = fork();
	if (child < 0)
		fprintf(stderr, "netvm-vm: fork: %s\n", strerror(errno));
	if (child == 0)
		become(g, c.argv, parent);
	return child;
}
