// fan_out_fan_in.hpp in Go, and the line count of the demo.
package main

import (
	"bytes"
	"fmt"
	"os"
	"sync"
)

// snippet: fan_out
// The results as they are ready. `done` ends the workers when nobody receives any more.
func fanOut[In, Out any](done <-chan struct{}, in <-chan In, workers int, f func(In) Out) <-chan Out {
	out := make(chan Out)
	var busy sync.WaitGroup
	busy.Add(workers)
	for i := 0; i < workers; i++ {
		go func() {
			defer busy.Done()
			for item := range in {
				select {
				case out <- f(item):
				case <-done:
					return
				}
			}
		}()
	}
	go func() { // the last one closes
		busy.Wait()
		close(out)
	}()
	return out
}

// snippet end

// snippet: fan_out_ordered
// The results in the order of their items: a channel of channels.
func fanOutOrdered[In, Out any](done <-chan struct{}, in <-chan In, workers int, f func(In) Out) <-chan Out {
	type job struct {
		item   In
		result chan<- Out
	}
	jobs := make(chan job)
	order := make(chan (<-chan Out), workers)
	go func() {
		defer close(jobs)
		defer close(order)
		for item := range in {
			result := make(chan Out, 1)
			select {
			case order <- result:
			case <-done:
				return
			}
			select {
			case jobs <- job{item, result}:
			case <-done:
				return
			}
		}
	}()
	for i := 0; i < workers; i++ {
		go func() {
			for j := range jobs {
				j.result <- f(j.item)
			}
		}()
	}
	out := make(chan Out)
	go func() {
		defer close(out)
		for result := range order {
			select {
			case r := <-result:
				select {
				case out <- r:
				case <-done:
					return
				}
			case <-done:
				return
			}
		}
	}()
	return out
}

// snippet end

// snippet: fan_in
func fanIn[T any](done <-chan struct{}, inputs ...<-chan T) <-chan T {
	out := make(chan T)
	var busy sync.WaitGroup
	busy.Add(len(inputs))
	for _, in := range inputs {
		go func(in <-chan T) {
			defer busy.Done()
			for item := range in {
				select {
				case out <- item:
				case <-done:
					return
				}
			}
		}(in)
	}
	go func() {
		busy.Wait()
		close(out)
	}()
	return out
}

// snippet end

func walk(done <-chan struct{}, files []string) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for _, file := range files {
			select {
			case out <- file:
			case <-done:
				return
			}
		}
	}()
	return out
}

type count struct {
	file  string
	lines int
	err   error
}

func countFile(file string) count {
	text, err := os.ReadFile(file)
	return count{file, bytes.Count(text, []byte("\n")), err}
}

func main() {
	done := make(chan struct{})
	defer close(done)
	files := os.Args[1:]
	total := 0
	for c := range fanOut(done, walk(done, files), 4, countFile) {
		total += c.lines
	}
	for c := range fanOutOrdered(done, walk(done, files), 4, countFile) {
		if c.err != nil {
			fmt.Fprintln(os.Stderr, c.err)
			return
		}
		fmt.Println(c.lines, c.file)
	}
	fmt.Println(total, "total")
}
