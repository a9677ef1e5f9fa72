# One precompiled header for the heavy third-party includes, built once and reused by every target that asks for it.

add_library(tw_precompiled STATIC ${CMAKE_CURRENT_LIST_DIR}/precompiled.cc)
target_link_libraries(tw_precompiled PUBLIC nlohmann_json::nlohmann_json fmt::fmt spdlog::spdlog Threads::Threads)
target_precompile_headers(tw_precompiled PRIVATE
  <nlohmann/json.hpp> <fmt/format.h> <fmt/chrono.h> <spdlog/spdlog.h>
  <algorithm> <chrono> <expected> <functional> <map> <memory> <optional> <string> <string_view> <variant> <vector>)

# tw_module(NAME SOURCES...): a module of the program, with includes from the root and the precompiled header.
function(tw_module name)
  add_library(${name} STATIC ${ARGN})
  tw_common(${name})
endfunction()

# tw_common(TARGET): what modules, programs and tests share.
function(tw_common target)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${target} PUBLIC tw_precompiled)
  target_precompile_headers(${target} REUSE_FROM tw_precompiled)
endfunction()
