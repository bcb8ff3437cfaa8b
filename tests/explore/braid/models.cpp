// Judges histories by the models. Compiled without hooks, as history.cpp.
#include "tests/explore/braid/channel_model.hpp"
#include "tests/explore/braid/group_models.hpp"
#include "tests/explore/braid/lock_models.hpp"
#include "tests/explore/braid/pool_models.hpp"

namespace explore {

template <class Model>
std::string judge(const Model& initial) {
    if (linearizable(history(), initial)) return {};
    return "no order of these allows all results, or one of them could go on:" +
           text_of(history(), Model::names);
}

template std::string judge(const channel_model&);
template std::string judge(const mutex_model&);
template std::string judge(const rw_mutex_model&);
template std::string judge(const semaphore_model&);
template std::string judge(const once_model&);
template std::string judge(const pool_model&);
template std::string judge(const worker_pool_model&);
template std::string judge(const context_model&);
template std::string judge(const wait_group_model&);
template std::string judge(const error_group_model&);

}  // namespace explore
