// Starts a program pinned to cores, in a process group of its own, that dies with the harness; some get a terminal and a
// network of their own.
#include "addon.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pty.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

// Everything the child needs, made before the fork: between fork and exec nothing may allocate.
struct Order {
	std::vector<std::string> args, env;
	std::vector<char *> argv, envp;
	cpu_set_t cpus;
	bool pinned = false;
	bool terminal = false;	  // the three descriptors are a terminal, which is to be the controlling one
	bool own_network = false; // a network namespace with nothing but a loopback
	int stdin_fd = -1, stdout_fd = -1, stderr_fd = -1;
	pid_t parent = 0;
};

struct Failure {
	int error; // errno
	char step[24];
};

[[noreturn]] void give_up(int report, const char *step)
{
	Failure failure = {errno, {}};
	for (size_t i = 0; i + 1 < sizeof failure.step && step[i]; i++)
		failure.step[i] = step[i];
	// A pipe takes so few bytes at once; there is nobody to tell of a failure here.
	ssize_t written = write(report, &failure, sizeof failure);
	(void)written;
	_exit(127);
}

void close_from(int first)
{
	if (syscall(SYS_close_range, static_cast<unsigned>(first), ~0u, 0) == 0)
		return;
	rlimit limit;
	int last = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? static_cast<int>(limit.rlim_cur) : 65536;
	for (int fd = first; fd < last; fd++)
		close(fd);
}

void reset_signals()
{
	for (int s = 1; s < NSIG; s++) {
		if (s != SIGKILL && s != SIGSTOP)
			signal(s, SIG_DFL); // what is ignored here (SIGPIPE) would stay ignored there
	}
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, nullptr);
}

// A new namespace has its loopback down.
bool raise_loopback()
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ifreq lo = {};
	lo.ifr_name[0] = 'l';
	lo.ifr_name[1] = 'o';
	lo.ifr_flags = IFF_UP | IFF_RUNNING;
	bool done = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	int error = errno;
	if (fd >= 0)
		close(fd);
	errno = error;
	return done;
}

// In the child. Only async-signal-safe calls: other threads of the harness may hold any lock.
[[noreturn]] void become(const Order &order, int report)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		give_up(report, "prctl");
	if (getppid() != order.parent) // died before the line above: no signal will come
		_exit(127);
	// The leader of a session leads a process group too.
	if (order.terminal ? setsid() < 0 : setpgid(0, 0) != 0)
		give_up(report, order.terminal ? "setsid" : "setpgid");
	if (order.own_network && unshare(CLONE_NEWNET) != 0)
		give_up(report, "unshare network");
	if (order.own_network && !raise_loopback())
		give_up(report, "raise loopback");
	if (order.pinned && sched_setaffinity(0, sizeof order.cpus, &order.cpus) != 0)
		give_up(report, "sched_setaffinity");
	// First out of the way of 0 to 3, then into place.
	int fds[4] = {order.stdin_fd, order.stdout_fd, order.stderr_fd, report};
	for (int &fd : fds) {
		int moved = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		if (moved < 0)
			give_up(report, "fcntl");
		fd = moved;
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(fds[i], i) < 0)
			give_up(fds[3], "dup2");
	}
	if (order.terminal && ioctl(0, TIOCSCTTY, 0) != 0)
		give_up(fds[3], "TIOCSCTTY");
	if (dup3(fds[3], 3, O_CLOEXEC) < 0)
		give_up(fds[3], "dup3");
	close_from(4);
	reset_signals();
	execve(order.argv[0], order.argv.data(), order.envp.data());
	give_up(3, "execve");
}

// Returns the pid, or -1 with `failure` filled in.
pid_t start(const Order &order, Failure *failure)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) != 0) {
		*failure = {errno, "pipe2"};
		return -1;
	}
	// A handler of node's must not run in the child.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		become(order, report[1]);
	int fork_errno = errno;
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		*failure = {fork_errno, "fork"};
		return -1;
	}
	ssize_t n;
	do
		n = read(report[0], failure, sizeof *failure);
	while (n < 0 && errno == EINTR);
	close(report[0]);
	if (n == 0)
		return pid; // closed by exec
	while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR)
		;
	if (n != static_cast<ssize_t>(sizeof *failure))
		*failure = {EIO, "exec"};
	return -1;
}

std::vector<std::string> strings(const Napi::Object &options, const char *name)
{
	Napi::Value value = options.Get(name);
	if (!value.IsArray())
		throw Napi::TypeError::New(options.Env(), std::string(name) + ": expected a list of strings");
	auto list = value.As<Napi::Array>();
	std::vector<std::string> out;
	for (uint32_t i = 0; i < list.Length(); i++) {
		Napi::Value item = list.Get(i);
		std::string text = item.IsString() ? item.As<Napi::String>().Utf8Value() : std::string(1, '\0');
		if (text.find('\0') != std::string::npos)
			throw Napi::TypeError::New(options.Env(), std::string(name) + ": expected a list of strings without NULs");
		out.push_back(text);
	}
	return out;
}

std::vector<char *> pointers(std::vector<std::string> &texts)
{
	std::vector<char *> out;
	for (std::string &text : texts)
		out.push_back(text.data());
	out.push_back(nullptr);
	return out;
}

void read_cpus(const Napi::Object &options, Order &order)
{
	auto cpus = options.Get("cpus");
	if (!cpus.IsArray())
		throw Napi::TypeError::New(options.Env(), "cpus: expected a list of cores");
	auto list = cpus.As<Napi::Array>();
	CPU_ZERO(&order.cpus);
	for (uint32_t i = 0; i < list.Length(); i++) {
		Napi::Object one = Napi::Object::New(options.Env());
		one.Set("cpus", list.Get(i));
		CPU_SET(static_cast<unsigned>(whole_number(one, "cpus", 0, CPU_SETSIZE - 1)), &order.cpus);
	}
	order.pinned = list.Length() > 0;
}

// The exit is awaited without reaping: until JavaScript knows, the pid cannot become another process's, so a signal sent in
// between reaches nobody else.
bool wait_for_exit(pid_t pid)
{
	siginfo_t info;
	int n;
	do
		n = waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT);
	while (n != 0 && errno == EINTR);
	return n == 0;
}

void settle_exit(Napi::Env env, Napi::Promise::Deferred &deferred, pid_t pid)
{
	int status = 0;
	if (waitpid(pid, &status, WNOHANG) != pid) {
		deferred.Reject(Napi::Error::New(env, "process " + std::to_string(pid) + " was reaped by somebody else").Value());
		return;
	}
	Napi::Object result = Napi::Object::New(env);
	result.Set("code", WIFEXITED(status) ? Napi::Value(Napi::Number::New(env, WEXITSTATUS(status))) : env.Null());
	result.Set("signal", WIFSIGNALED(status) ? Napi::Value(Napi::Number::New(env, WTERMSIG(status))) : env.Null());
	deferred.Resolve(result);
}

// A terminal's two ends, of a size that no program has to wrap its lines for.
struct Terminal {
	int ours = -1, theirs = -1;

	void open(Napi::Env env)
	{
		winsize size = {50, 200, 0, 0};
		if (openpty(&ours, &theirs, nullptr, nullptr, &size) != 0)
			throw Napi::Error::New(env, std::string("openpty: ") + strerror(errno));
		fcntl(ours, F_SETFD, FD_CLOEXEC);
		fcntl(theirs, F_SETFD, FD_CLOEXEC);
	}
	int keep_ours()
	{
		int fd = ours;
		ours = -1;
		return fd;
	}
	~Terminal()
	{
		if (ours >= 0)
			close(ours);
		if (theirs >= 0)
			close(theirs);
	}
};

bool truth(const Napi::Object &options, const char *name)
{
	return options.Get(name).ToBoolean().Value();
}

// spawn({ file, args, env: ['K=V'], cpus, stdinFd, stdoutFd, stderrFd, terminal?, ownNetwork? }):
// { pid, exited: Promise<{ code, signal }>, terminalFd }
// With `terminal` the three descriptors are not used, and terminalFd is the caller's end; else it is -1.
Napi::Value spawn(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "spawn: expected an object of options");
	auto options = info[0].As<Napi::Object>();
	Order order;
	order.args = strings(options, "args");
	auto file = options.Get("file");
	if (!file.IsString())
		throw Napi::TypeError::New(env, "file: expected a path");
	order.args.insert(order.args.begin(), file.As<Napi::String>().Utf8Value());
	order.env = strings(options, "env");
	order.argv = pointers(order.args);
	order.envp = pointers(order.env);
	read_cpus(options, order);
	order.terminal = truth(options, "terminal");
	order.own_network = truth(options, "ownNetwork");
	Terminal terminal;
	if (order.terminal) {
		terminal.open(env);
		order.stdin_fd = order.stdout_fd = order.stderr_fd = terminal.theirs;
	} else {
		order.stdin_fd = static_cast<int>(whole_number(options, "stdinFd", 0, 1 << 20));
		order.stdout_fd = static_cast<int>(whole_number(options, "stdoutFd", 0, 1 << 20));
		order.stderr_fd = static_cast<int>(whole_number(options, "stderrFd", 0, 1 << 20));
	}
	order.parent = getpid();
	Failure failure = {};
	pid_t pid = start(order, &failure);
	if (pid < 0) {
		Napi::Error error = Napi::Error::New(env, order.args[0] + ": " + failure.step + ": " + strerror(failure.error));
		error.Set("errno", Napi::Number::New(env, failure.error));
		error.Set("syscall", Napi::String::New(env, failure.step));
		throw error;
	}
	Napi::Object result = Napi::Object::New(env);
	result.Set("pid", Napi::Number::New(env, pid));
	result.Set("terminalFd", Napi::Number::New(env, terminal.keep_ours()));
	result.Set("exited", in_thread<bool>(
				     env, "netvm wait", [pid] { return wait_for_exit(pid); },
				     [pid](Napi::Env inner, Napi::Promise::Deferred &deferred, bool) { settle_exit(inner, deferred, pid); }));
	return result;
}

} // namespace

void define_spawn(Napi::Env env, Napi::Object exports)
{
	exports.Set("spawn", Napi::Function::New<spawn>(env, "spawn"));
}
