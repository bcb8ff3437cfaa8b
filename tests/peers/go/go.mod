module braid/peers

go 1.19
