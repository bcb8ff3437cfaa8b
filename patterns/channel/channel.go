// The channel of channel.hpp in Go, and the sieve of channel_demo.cpp over the one that Go has.
package main

import (
	"fmt"
	"sync"
)

// snippet: channel
type Channel[T any] struct {
	mu        sync.Mutex
	room      sync.Cond // senders sleep here
	values    sync.Cond // receivers sleep here
	queue     []T
	capacity  int
	receivers int // who are inside Receive
	closed    bool
}

func New[T any](capacity int) *Channel[T] {
	c := &Channel[T]{capacity: capacity}
	c.room.L, c.values.L = &c.mu, &c.mu
	return c
}

func (c *Channel[T]) Send(v T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed && len(c.queue) >= c.capacity+c.receivers {
		c.room.Wait()
	}
	if c.closed {
		panic("send on closed channel")
	}
	c.queue = append(c.queue, v)
	c.values.Signal()
}

func (c *Channel[T]) Receive() (v T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receivers++
	c.room.Signal()
	for !c.closed && len(c.queue) == 0 {
		c.values.Wait()
	}
	c.receivers--
	if len(c.queue) == 0 {
		return v, false
	}
	v, c.queue = c.queue[0], c.queue[1:]
	return v, true
}

func (c *Channel[T]) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		panic("close of closed channel")
	}
	c.closed = true
	c.room.Broadcast()
	c.values.Broadcast()
}

// snippet end

// snippet: sieve
func filter(prime int, in <-chan int, out chan<- int) {
	for n := range in {
		if n%prime != 0 {
			out <- n
		}
	}
	close(out)
}

func sieve(bound int) (primes []int) {
	numbers := make(chan int)
	go func(out chan<- int) {
		for n := 2; n < bound; n++ {
			out <- n
		}
		close(out)
	}(numbers)
	for {
		prime, ok := <-numbers // what has come through all filters
		if !ok {
			return primes
		}
		primes = append(primes, prime)
		rest := make(chan int)
		go filter(prime, numbers, rest)
		numbers = rest
	}
}

// snippet end

func main() {
	c := New[int](0)
	go func() {
		for _, prime := range sieve(30) {
			c.Send(prime)
		}
		c.Close()
	}()
	for v, ok := c.Receive(); ok; v, ok = c.Receive() {
		fmt.Println(v)
	}
}
