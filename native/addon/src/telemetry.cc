// Telemetry: a segment as an object of JavaScript. Everything handed out is a copy.
#include "addon.h"

#include <memory>
#include <stdexcept>

#include "segment.h"

namespace {

class Telemetry : public Napi::ObjectWrap<Telemetry> {
public:
	explicit Telemetry(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Telemetry>(info)
	{
		guarded(info.Env(), [&] { segment_ = std::make_unique<Segment>(text_argument(info, 0, "path")); });
	}

	static Napi::Function Define(Napi::Env env)
	{
		return DefineClass(env, "Telemetry",
				   {
					   InstanceMethod<&Telemetry::Names>("names"),
					   InstanceMethod<&Telemetry::TscHz>("tscHz"),
					   InstanceMethod<&Telemetry::Read>("read"),
					   InstanceMethod<&Telemetry::EventsWritten>("eventsWritten"),
					   InstanceMethod<&Telemetry::Events>("events"),
					   InstanceMethod<&Telemetry::Histogram>("histogram"),
					   InstanceMethod<&Telemetry::Close>("close"),
				   });
	}

private:
	Segment &open(Napi::Env env)
	{
		if (!segment_)
			throw Napi::Error::New(env, "this telemetry segment is closed");
		guarded(env, [&] { segment_->check_still_whole(); });
		return *segment_;
	}

	Napi::Value Names(const Napi::CallbackInfo &info)
	{
		const auto &names = open(info.Env()).names();
		Napi::Array list = Napi::Array::New(info.Env(), names.size());
		for (uint32_t i = 0; i < names.size(); i++)
			list.Set(i, Napi::String::New(info.Env(), names[i]));
		return list;
	}

	Napi::Value TscHz(const Napi::CallbackInfo &info)
	{
		return Napi::Number::New(info.Env(), static_cast<double>(open(info.Env()).tsc_hz()));
	}

	Napi::Value Read(const Napi::CallbackInfo &info)
	{
		Segment &segment = open(info.Env());
		auto values = Napi::BigUint64Array::New(info.Env(), segment.names().size());
		segment.read_values(values.Data());
		return values;
	}

	Napi::Value EventsWritten(const Napi::CallbackInfo &info)
	{
		return Napi::BigInt::New(info.Env(), open(info.Env()).events_written());
	}

	// events(since: bigint): { next, missed, fields: start, end, count, kind, aux of each event }
	Napi::Value Events(const Napi::CallbackInfo &info)
	{
		Napi::Env env = info.Env();
		bool lossless = false;
		if (info.Length() < 1 || !info[0].IsBigInt())
			throw Napi::TypeError::New(env, "events: expected an event's index, a bigint");
		uint64_t since = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
		if (!lossless)
			throw Napi::RangeError::New(env, "events: expected an index of 64 bits");
		::Events read = open(env).read_events(since);
		auto fields = Napi::BigUint64Array::New(env, read.events.size() * 5);
		uint64_t *out = fields.Data();
		for (const netvm_event &event : read.events) {
			for (uint64_t field : {event.start_tsc, event.end_tsc, event.count, uint64_t(event.kind), uint64_t(event.aux)})
				*out++ = field;
		}
		Napi::Object result = Napi::Object::New(env);
		result.Set("next", Napi::BigInt::New(env, read.next));
		result.Set("missed", Napi::BigInt::New(env, read.missed));
		result.Set("fields", fields);
		return result;
	}

	Napi::Value Histogram(const Napi::CallbackInfo &info)
	{
		Segment &segment = open(info.Env());
		auto counts = Napi::BigUint64Array::New(info.Env(), segment.histogram_len());
		segment.read_histogram(counts.Data());
		return counts;
	}

	void Close(const Napi::CallbackInfo &)
	{
		segment_.reset();
	}

	std::unique_ptr<Segment> segment_;
};

// hdrIndex(valueNs: bigint): the index that the generator counts this latency at.
Napi::Value hdr_index(const Napi::CallbackInfo &info)
{
	bool lossless = false;
	if (info.Length() < 1 || !info[0].IsBigInt())
		throw Napi::TypeError::New(info.Env(), "hdrIndex: expected a bigint of nanoseconds");
	uint64_t value = info[0].As<Napi::BigInt>().Uint64Value(&lossless);
	if (!lossless || value > NETVM_HDR_HIGHEST_NS)
		throw Napi::RangeError::New(info.Env(), "hdrIndex: expected 0 to 10000000000 ns");
	return Napi::Number::New(info.Env(), netvm_hdr_index(value));
}

} // namespace

void define_telemetry(Napi::Env env, Napi::Object exports)
{
	exports.Set("Telemetry", Telemetry::Define(env));
	exports.Set("hdrIndex", Napi::Function::New<hdr_index>(env, "hdrIndex"));
}
