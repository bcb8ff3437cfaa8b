// The workloads in Go. A letter means the same in every peer; what exactly is said here.
//
//	go list      prints the letters
//	go LETTER    runs one, and prints nanoseconds per operation (B5: milliseconds for the whole;
//	             W: microseconds; K: bytes; K_million: GiB)
package main

import (
	"fmt"
	"os"
	"time"
)

// The same work as in peer.hpp.
//
//go:noinline
func work(steps int, x uint64) uint64 {
	for i := 0; i < steps; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	return x
}

const (
	steps100ns = 48
	steps1us   = 10 * steps100ns
	seed       = 88172645463325252
)

var sink uint64 // what is stored here is used

func timeOf(f func()) float64 {
	begin := time.Now()
	f()
	return float64(time.Since(begin).Nanoseconds())
}

// Nanoseconds per operation, of which f(n) does n. The runs before the last one warm up, and find
// an n that takes long enough.
func perOperation(f func(n int)) float64 {
	for n := 1; ; {
		t := timeOf(func() { f(n) })
		if t >= 1e8 {
			return t / float64(n)
		}
		switch more := int(1.5e8 / t); {
		case more < 2:
			n *= 2
		case more > 100:
			n *= 100
		default:
			n *= more
		}
	}
}

// The same for what does its own timing: f returns the nanoseconds that count of one operation.
func meanTime(f func() float64) float64 {
	f()
	end := time.Now().Add(150 * time.Millisecond)
	sum, runs := 0.0, 0
	for {
		sum += f()
		runs++
		if time.Now().After(end) {
			return sum / float64(runs)
		}
	}
}

// Bytes of memory that the process occupies.
func resident() float64 {
	var all, pages int
	text, err := os.ReadFile("/proc/self/statm")
	if err == nil {
		_, err = fmt.Sscan(string(text), &all, &pages)
	}
	if err != nil {
		panic(err)
	}
	return float64(pages * os.Getpagesize())
}

type letter struct {
	name string
	run  func() float64
}

func main() {
	wanted := ""
	if len(os.Args) == 2 {
		wanted = os.Args[1]
	}
	for _, l := range letters {
		switch wanted {
		case "list":
			fmt.Println(l.name)
		case l.name:
			fmt.Printf("%.3f\n", l.run())
			return
		}
	}
	if wanted != "list" {
		fmt.Fprintf(os.Stderr, "%s: no letter %q; \"list\" prints those there are\n", os.Args[0], wanted)
		os.Exit(2)
	}
}
