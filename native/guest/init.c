/* The first process of a guest, and but for the NF the only one: mounts, loads modules, runs the NF, says what became of it, powers off. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "../abi/guest.h"

#define MODULES "/modules"
#define MODULES_MAX 64
#define ARGUMENTS_MAX 256

static _Noreturn void power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where;
	} mounts[] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};
	for (size_t i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
		if (mkdir(mounts[i].where, 0755) != 0 && errno != EEXIST)
			perror(mounts[i].where);
		if (mount(mounts[i].type, mounts[i].where, mounts[i].type, MS_NOSUID, NULL) != 0)
			perror(mounts[i].where);
	}
}

/* In the order of their names: whoever made the image has numbered them so that each finds what it needs. */
static void load_modules(void)
{
	struct dirent **found;
	int n = scandir(MODULES, &found, NULL, alphasort);
	for (int i = 0; i < n && i < MODULES_MAX; i++) {
		char file[300];
		snprintf(file, sizeof file, MODULES "/%s", found[i]->d_name);
		int fd = found[i]->d_name[0] == '.' ? -1 : open(file, O_RDONLY | O_CLOEXEC);
		if (fd >= 0 && syscall(SYS_finit_module, fd, "", 0) != 0)
			fprintf(stderr, "init: %s: %s\n", file, strerror(errno));
		if (fd >= 0)
			close(fd);
	}
}

/* Bytes as they are, both ways: no echo, no line ends made of others. */
static int open_line(const char *device)
{
	struct termios t;
	int fd = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || tcgetattr(fd, &t) != 0)
		return fd;
	cfmakeraw(&t);
	tcsetattr(fd, TCSANOW, &t);
	return fd;
}

/* What to run: NULL-terminated, into `text`. */
static int read_run(char *text, char **argv)
{
	int fd = open(NETVM_GUEST_RUN, O_RDONLY | O_CLOEXEC);
	ssize_t bytes = fd < 0 ? -1 : read(fd, text, NETVM_GUEST_RUN_BYTES - 1);
	if (bytes <= 0)
		return -1;
	close(fd);
	text[bytes] = 0;
	int n = 0;
	for (char *at = text; at < text + bytes && n < ARGUMENTS_MAX - 1; at += strlen(at) + 1)
		argv[n++] = at;
	argv[n] = NULL;
	return 0;
}

static _Noreturn void become_nf(char **argv)
{
	int output = open_line(NETVM_GUEST_OUTPUT);
	if (output >= 0) {
		dup2(output, STDOUT_FILENO);
		dup2(output, STDERR_FILENO);
	}
	execv(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* Waits for the NF, and says in the meantime that all is well. */
static int wait_for(pid_t nf, int control)
{
	int status;
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(nf, &status, WNOHANG) == 0) {
		dprintf(control, "%s\n", NETVM_GUEST_ALIVE);
		struct timespec pause = {NETVM_GUEST_ALIVE_MS / 1000, NETVM_GUEST_ALIVE_MS % 1000 * 1000000};
		sigtimedwait(&child, NULL, &pause);
	}
	return status;
}

int main(void)
{
	if (getpid() != 1) /* run by itself, to show that a guest runs processes */
		return 0;
	static char text[NETVM_GUEST_RUN_BYTES];
	static char *argv[ARGUMENTS_MAX];
	mount_all();
	load_modules();
	sigset_t child;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	int control = open_line(NETVM_GUEST_CONTROL);
	if (control < 0 || read_run(text, argv) != 0) {
		fprintf(stderr, "init: %s\n", control < 0 ? "no control line" : "nothing to run in " NETVM_GUEST_RUN);
		power_off();
	}
	printf("init: runs %s\n", argv[0]);
	fflush(stdout);
	pid_t nf = fork();
	if (nf == 0) {
		sigprocmask(SIG_UNBLOCK, &child, NULL);
		become_nf(argv);
	}
	int status = wait_for(nf, control);
	if (WIFSIGNALED(status))
		dprintf(control, "%s %d\n", NETVM_GUEST_KILLED, WTERMSIG(status));
	else
		dprintf(control, "%s %d\n", NETVM_GUEST_EXIT, WEXITSTATUS(status));
	tcdrain(control);
	power_off();
}
