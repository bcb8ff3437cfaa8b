#pragma once

#include <string>

#include "tests/explore/engine.hpp"

namespace explore {

// The finding of a traced execution, for a person. Fills in the finding's place.
std::string report(execution& e, const std::string& replay, const std::string& own);

}  // namespace explore
