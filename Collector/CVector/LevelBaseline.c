#define LEVEL "baseline"
#define TABLE kernels_baseline
#include "kernels.h"
