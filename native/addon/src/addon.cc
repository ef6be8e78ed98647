#include "addon.h"

#include <cmath>

#include <pthread.h>
#include <sched.h>

std::string text_argument(const Napi::CallbackInfo &info, size_t index, const char *name)
{
	if (info.Length() <= index || !info[index].IsString())
		throw Napi::TypeError::New(info.Env(), std::string(name) + ": expected a string");
	std::string text = info[index].As<Napi::String>().Utf8Value();
	if (text.find('\0') != std::string::npos)
		throw Napi::TypeError::New(info.Env(), std::string(name) + ": expected a string without a NUL");
	return text;
}

int64_t whole_number(const Napi::Object &options, const char *name, int64_t low, int64_t high)
{
	Napi::Value value = options.Get(name);
	double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
	if (!(number >= static_cast<double>(low) && number <= static_cast<double>(high)) || number != std::floor(number))
		throw Napi::RangeError::New(options.Env(), std::string(name) + ": expected a whole number from " +
								   std::to_string(low) + " to " + std::to_string(high));
	return static_cast<int64_t>(number);
}

int pin_this_thread(int core)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(static_cast<unsigned>(core), &set);
	return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static Napi::Object init(Napi::Env env, Napi::Object exports)
{
	define_clock(env, exports);
	define_frequency(env, exports);
	define_gaps(env, exports);
	define_netns(env, exports);
	define_round_trip(env, exports);
	define_sampler(env, exports);
	define_skew(env, exports);
	define_spawn(env, exports);
	define_telemetry(env, exports);
	return exports;
}

NODE_API_MODULE(netvm, init)
