#pragma once

// What nearly every test includes.
#include "common/lifecycle.hpp"
#include "common/select.hpp"
#include "common/task.hpp"
#include "common/timer.hpp"
#include "tests/support/braid_test.hpp"
