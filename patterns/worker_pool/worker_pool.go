// The pool of worker_pool.hpp in Go, and the demo: every file under a directory is compressed in
// memory; Ctrl-C finishes what was begun, Ctrl-C again stops at once.
package main

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sync"
)

// snippet: pool
type pool[Job, Result any] struct {
	jobs    chan Job
	results chan Result
	ctx     context.Context // of the jobs
	cancel  context.CancelFunc

	once    sync.Once
	closing chan struct{} // closed: no more jobs
	sending sync.RWMutex  // read-locked while a job is handed over

	workers sync.WaitGroup
	ended   chan struct{}
	dropped int // read after ended
}

func newPool[Job, Result any](ctx context.Context, workers, queue int, work func(context.Context, Job) Result) *pool[Job, Result] {
	p := &pool[Job, Result]{
		jobs:    make(chan Job, queue),
		results: make(chan Result),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancel(ctx)
	p.workers.Add(workers)
	for i := 0; i < workers; i++ {
		go p.work(work)
	}
	go func() {
		p.workers.Wait()
		p.close()
		for range p.jobs {
			p.dropped++
		}
		close(p.results)
		close(p.ended)
	}()
	return p
}

func (p *pool[Job, Result]) work(work func(context.Context, Job) Result) {
	defer p.workers.Done()
	for p.ctx.Err() == nil { // asked first: a select would choose at random
		select {
		case job, ok := <-p.jobs:
			if !ok {
				return
			}
			select {
			case p.results <- work(p.ctx, job):
			case <-p.ctx.Done():
			}
		case <-p.ctx.Done():
		}
	}
}

// False if ctx is done or the pool takes no more. A send on a closed channel is a panic, so jobs is
// not closed while a job is handed over: that is what the lock is for.
func (p *pool[Job, Result]) submit(ctx context.Context, job Job) bool {
	p.sending.RLock()
	defer p.sending.RUnlock()
	select {
	case <-p.closing: // or the next select may choose to send
		return false
	default:
	}
	select {
	case p.jobs <- job:
		return true
	case <-p.closing:
	case <-p.ctx.Done():
	case <-ctx.Done():
	}
	return false
}

func (p *pool[Job, Result]) close() {
	p.once.Do(func() {
		close(p.closing) // lets those go who wait for room
		p.sending.Lock()
		close(p.jobs)
		p.sending.Unlock()
	})
}

func (p *pool[Job, Result]) drain() int {
	p.close()
	<-p.ended
	return p.dropped
}

func (p *pool[Job, Result]) stop() int {
	p.cancel()
	return p.drain()
}

// snippet end

type packed struct {
	path          string
	before, after int
	err           error
}

func pack(ctx context.Context, path string) packed {
	text, err := os.ReadFile(path)
	if err != nil {
		return packed{path: path, err: err}
	}
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	for rest := text; len(rest) > 0 && ctx.Err() == nil; {
		n := 64 * 1024
		if n > len(rest) {
			n = len(rest)
		}
		w.Write(rest[:n])
		rest = rest[n:]
	}
	w.Close()
	return packed{path, len(text), out.Len(), ctx.Err()}
}

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	var files []string
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return nil
	})

	workers := runtime.NumCPU()
	p := newPool(context.Background(), workers, workers, pack)
	taking, takeNoMore := context.WithCancel(context.Background())
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		<-interrupts
		takeNoMore()
		<-interrupts
		p.stop()
	}()
	go func() {
		for _, path := range files {
			if !p.submit(taking, path) {
				break
			}
		}
		p.close()
	}()
	done, before, after := 0, 0, 0
	for r := range p.results {
		if r.err != nil {
			fmt.Fprintln(os.Stderr, r.err)
			continue
		}
		done, before, after = done+1, before+r.before, after+r.after
	}
	p.drain()
	fmt.Printf("%d of %d files, %d bytes to %d\n", done, len(files), before, after)
	if taking.Err() != nil {
		os.Exit(130)
	}
}
