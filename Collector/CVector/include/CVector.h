/// Elementwise kernels with run-time dispatch on the CPU's vector width.
#pragma once
