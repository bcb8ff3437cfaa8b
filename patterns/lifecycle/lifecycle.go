// The monitor of the demo, in Go: a goroutine with an owner, who stops it and waits for it.
package main

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// snippet: service
// A service owns one goroutine, which runs until it returns or is told to stop.
type service struct {
	Stop context.CancelFunc
	Done chan struct{} // closed when the goroutine has ended
}

func start(ctx context.Context, f func(context.Context)) *service {
	ctx, stop := context.WithCancel(ctx)
	s := &service{Stop: stop, Done: make(chan struct{})}
	go func() {
		defer close(s.Done)
		defer stop()
		f(ctx)
	}()
	return s
}

// Close is for a defer, in the line below start.
func (s *service) Close() {
	s.Stop()
	<-s.Done
}

func every(ctx context.Context, period time.Duration, f func()) {
	ticks := time.NewTicker(period)
	defer ticks.Stop()
	for {
		select {
		case <-ticks.C:
			f()
		case <-ctx.Done():
			return
		}
	}
}

// snippet end

func main() {
	var bytes, files int64
	report := func() {
		fmt.Println("so far", atomic.LoadInt64(&files), "files,", atomic.LoadInt64(&bytes), "bytes")
	}
	monitor := start(context.Background(), func(ctx context.Context) {
		every(ctx, time.Millisecond, report)
		report()
	})
	defer monitor.Close()
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return
		}
		atomic.AddInt64(&bytes, int64(len(text)))
		atomic.AddInt64(&files, 1)
	}
}
