// A connection to a program that has a network of its own: nobody else reaches its loopback, so this goes in for a moment.
#include "addon.h"

#include <cerrno>
#include <cstring>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

struct Attempt {
	int fd = -1;
	int error = 0;
};

// In a thread that ends afterwards: it changes its namespace for good. The socket stays in the one it was made in.
Attempt connect_inside(int space, uint16_t port)
{
	if (setns(space, CLONE_NEWNET) != 0)
		return {-1, errno};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return {-1, errno};
	sockaddr_in to = {};
	to.sin_family = AF_INET;
	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	// On a loopback this is done or refused at once.
	if (connect(fd, reinterpret_cast<sockaddr *>(&to), sizeof to) == 0)
		return {fd, 0};
	int error = errno;
	close(fd);
	return {-1, error};
}

// connectInside({ pid, port }): a descriptor of a stream connected to 127.0.0.1:port in the network of process pid.
Napi::Value connect_to(const Napi::CallbackInfo &info)
{
	Napi::Env env = info.Env();
	if (info.Length() < 1 || !info[0].IsObject())
		throw Napi::TypeError::New(env, "connectInside: expected an object of options");
	auto options = info[0].As<Napi::Object>();
	auto pid = whole_number(options, "pid", 1, 1 << 30);
	auto port = static_cast<uint16_t>(whole_number(options, "port", 1, 65535));
	std::string path = "/proc/" + std::to_string(pid) + "/ns/net";
	Attempt attempt;
	int space = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	if (space < 0) {
		attempt.error = errno;
	} else {
		std::thread([&attempt, space, port] { attempt = connect_inside(space, port); }).join();
		close(space);
	}
	if (attempt.fd >= 0)
		return Napi::Number::New(env, attempt.fd);
	Napi::Error error = Napi::Error::New(env, path + ", port " + std::to_string(port) + ": " + strerror(attempt.error));
	error.Set("errno", Napi::Number::New(env, attempt.error));
	throw error;
}

} // namespace

void define_netns(Napi::Env env, Napi::Object exports)
{
	exports.Set("connectInside", Napi::Function::New<connect_to>(env, "connectInside"));
}
