// What the parts of the addon share: one define_* for each, argument checks, work in a thread of its own.
#ifndef NETVM_ADDON_ADDON_H
#define NETVM_ADDON_ADDON_H

#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <napi.h>

void define_clock(Napi::Env env, Napi::Object exports);
void define_frequency(Napi::Env env, Napi::Object exports);
void define_gaps(Napi::Env env, Napi::Object exports);
void define_netns(Napi::Env env, Napi::Object exports);
void define_round_trip(Napi::Env env, Napi::Object exports);
void define_sampler(Napi::Env env, Napi::Object exports);
void define_skew(Napi::Env env, Napi::Object exports);
void define_spawn(Napi::Env env, Napi::Object exports);
void define_telemetry(Napi::Env env, Napi::Object exports);

std::string text_argument(const Napi::CallbackInfo &info, size_t index, const char *name);

// options[name], a whole number within [low, high].
int64_t whole_number(const Napi::Object &options, const char *name, int64_t low, int64_t high);

// Pins the calling thread. Returns 0 or an errno.
int pin_this_thread(int core);

// Standard exceptions of the part without JavaScript become errors of JavaScript.
template <class Work> void guarded(Napi::Env env, Work work)
{
	try {
		work();
	} catch (const Napi::Error &) {
		throw;
	} catch (const std::exception &error) {
		throw Napi::Error::New(env, error.what());
	}
}

// Runs `work` in a thread of its own (not in the pool that file reading waits for), then `settle(env, deferred, result)` in
// JavaScript's. The event loop stays alive until then.
template <class Result, class Work, class Settle>
Napi::Promise in_thread(Napi::Env env, const char *name, Work work, Settle settle)
{
	struct Job {
		Napi::Promise::Deferred deferred;
		Result result = {};
	};
	auto deferred = Napi::Promise::Deferred::New(env);
	auto job = std::make_shared<Job>(Job{deferred});
	auto nothing = Napi::Function::New(env, [](const Napi::CallbackInfo &) {});
	auto call = Napi::ThreadSafeFunction::New(env, nothing, name, 0, 1);
	std::thread([job, call, work, settle]() mutable {
		job->result = work();
		// Fails only where the environment is ending: nobody is left to be told.
		call.BlockingCall([job, settle](Napi::Env inner, Napi::Function) { settle(inner, job->deferred, job->result); });
		call.Release();
	}).detach();
	return deferred.Promise();
}

#endif
