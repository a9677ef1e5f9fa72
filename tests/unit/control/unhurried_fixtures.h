#pragma once

#include <gtest/gtest.h>

#include "tests/unit/control/reconciler_fixtures.h"

namespace tidewright::control {

/// A new app whose ten free places are taken, so that what can wait does.
struct Hurried : Shop {
  Hurried() {
    const json none = plain();
    firstReplicaSet(2, 0, podTemplate());
    for (int i = 0; i < 11; ++i) {
      app(none);
      EXPECT_TRUE(reconcile());
    }
    clear();
  }
};

}  // namespace tidewright::control
