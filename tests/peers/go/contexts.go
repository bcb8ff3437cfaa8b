package main

import (
	"context"
	"runtime"
	"time"
)

// Makes a context and cancels it, below the root and below one that can be cancelled itself.
func cancelRoot() float64 { return makeAndCancel(context.Background()) }
func cancelChild() float64 {
	parent, cancel := context.WithCancel(context.Background())
	defer cancel()
	return makeAndCancel(parent)
}

func makeAndCancel(parent context.Context) float64 {
	return perOperation(func(n int) {
		for i := 0; i < n; i++ {
			_, cancel := context.WithCancel(parent)
			cancel()
		}
	})
}

func cancelTimeout(n int) {
	for i := 0; i < n; i++ {
		_, cancel := context.WithTimeout(context.Background(), time.Hour)
		cancel()
	}
}

// Cancels the parent of 1000; only the cancel counts.
func cancelTree() float64 {
	parent, cancel := context.WithCancel(context.Background())
	for i := 0; i < 1000; i++ {
		_, cancelChild := context.WithCancel(parent)
		defer cancelChild()
	}
	return timeOf(cancel)
}

// err() of a context that is not done.
func askErr() float64 {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return perOperation(func(n int) {
		for i := 0; i < n; i++ {
			if ctx.Err() != nil {
				sink++
			}
		}
	})
}

// A stream, capacity 128, of which every receive also watches a context.
func watchedStream(n int) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ch := make(chan int, 128)
	go func() {
		for i := 0; i < n; i++ {
			ch <- i
		}
		close(ch)
	}()
	for {
		select {
		case v, ok := <-ch:
			if !ok {
				return
			}
			sink += uint64(v)
		case <-ctx.Done():
			return
		}
	}
}

// From a cancel to the task that waits for it; the one that cancels waits for that task at once.
func cancelToWake() float64 {
	ctx, cancel := context.WithCancel(context.Background())
	woken := make(chan time.Time, 1)
	go func() {
		<-ctx.Done()
		woken <- time.Now()
	}()
	runtime.Gosched() // the task begins, and blocks
	runtime.Gosched()
	begin := time.Now()
	cancel()
	return float64((<-woken).Sub(begin).Nanoseconds())
}
