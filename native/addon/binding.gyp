{
  "targets": [
    {
      "target_name": "netvm",
      "sources": [
        "src/addon.cc",
        "src/clock.cc",
        "src/frequency.cc",
        "src/gaps.cc",
        "src/netns.cc",
        "src/roundtrip.cc",
        "src/sampler.cc",
        "src/segment.cc",
        "src/skew.cc",
        "src/spawn.cc",
        "src/telemetry.cc"
      ],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++20"],
      "cflags_cc": [
        "-std=gnu++17",
        "-fexceptions",
        "-O2",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-isystem <!(node -p \"require('path').dirname(require.resolve('node-addon-api/package.json'))\")"
      ],
      "ldflags": ["-pthread"]
    }
  ]
}
