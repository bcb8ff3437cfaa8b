package main

import "sync"

// A value to another task and one back, both unbuffered: the round trip.
func pingPong(n int) {
	there, back := make(chan int), make(chan int)
	go func() {
		for v := range there {
			back <- v
		}
	}()
	for i := 0; i < n; i++ {
		there <- i
		<-back
	}
	close(there)
}

// n values from so many senders to as many receivers on one channel.
func stream(capacity, sides, n int) {
	ch := make(chan int, capacity)
	done := make(chan int)
	go func() {
		inParallel(sides, func(part int) {
			for i := part; i < n; i += sides {
				ch <- i
			}
		})
		close(ch)
	}()
	go func() {
		inParallel(sides, func(int) {
			sum := 0
			for v := range ch {
				sum += v
			}
			done <- sum
		})
		close(done)
	}()
	for sum := range done {
		sink += uint64(sum)
	}
}

// The prime sieve, of which each prime found adds a task; 17389 is the 2000th. Milliseconds.
func sieve(capacity int) float64 {
	run := func(last int) {
		first := make(chan int, capacity)
		go func() {
			for i := 2; i <= last; i++ {
				first <- i
			}
			close(first)
		}()
		for in := first; ; {
			prime, ok := <-in
			if !ok {
				return
			}
			sink += uint64(prime)
			out := make(chan int, capacity)
			go func(in chan int) {
				for v := range in {
					if v%prime != 0 {
						out <- v
					}
				}
				close(out)
			}(in)
			in = out
		}
	}
	run(2000)
	return timeOf(func() { run(17389) }) / 1e6
}

// Select over channels of which each has a value; the one that is taken is put back.

func ready(channels int) []chan int {
	chs := make([]chan int, channels)
	for i := range chs {
		chs[i] = make(chan int, 1)
		chs[i] <- i
	}
	return chs
}

func selectReady2(n int) {
	c := ready(2)
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			c[0] <- v
		case v := <-c[1]:
			c[1] <- v
		}
	}
}

func selectReady8(n int) {
	c := ready(8)
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			c[0] <- v
		case v := <-c[1]:
			c[1] <- v
		case v := <-c[2]:
			c[2] <- v
		case v := <-c[3]:
			c[3] <- v
		case v := <-c[4]:
			c[4] <- v
		case v := <-c[5]:
			c[5] <- v
		case v := <-c[6]:
			c[6] <- v
		case v := <-c[7]:
			c[7] <- v
		}
	}
}

// Select over unbuffered channels, each with a task that sends its part of n values.

func producers(channels, n int) []chan int {
	chs := make([]chan int, channels)
	for p := range chs {
		chs[p] = make(chan int)
		go func(ch chan int, part int) {
			for i := part; i < n; i += channels {
				ch <- i
			}
		}(chs[p], p)
	}
	return chs
}

func selectBlocked2(n int) {
	c := producers(2, n)
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			sum += v
		case v := <-c[1]:
			sum += v
		}
	}
	sink = uint64(sum)
}

func selectBlocked8(n int) {
	c := producers(8, n)
	sum := 0
	for i := 0; i < n; i++ {
		select {
		case v := <-c[0]:
			sum += v
		case v := <-c[1]:
			sum += v
		case v := <-c[2]:
			sum += v
		case v := <-c[3]:
			sum += v
		case v := <-c[4]:
			sum += v
		case v := <-c[5]:
			sum += v
		case v := <-c[6]:
			sum += v
		case v := <-c[7]:
			sum += v
		}
	}
	sink = uint64(sum)
}

// Select with a default over empty channels.

func empty(channels int) []chan int {
	chs := make([]chan int, channels)
	for i := range chs {
		chs[i] = make(chan int, 1)
	}
	return chs
}

func selectEmpty2(n int) {
	c := empty(2)
	for i := 0; i < n; i++ {
		select {
		case <-c[0]:
		case <-c[1]:
		default:
			sink++
		}
	}
}

func selectEmpty8(n int) {
	c := empty(8)
	for i := 0; i < n; i++ {
		select {
		case <-c[0]:
		case <-c[1]:
		case <-c[2]:
		case <-c[3]:
		case <-c[4]:
		case <-c[5]:
		case <-c[6]:
		case <-c[7]:
		default:
			sink++
		}
	}
}

// Uses n channels once each, of which so many are there at a time: makes them, then sends to each
// and receives from it.
func useChannels(atATime, n int) {
	sum := uint64(0)
	all := make([]chan int, atATime)
	for used := 0; used < n; used += len(all) {
		for i := range all {
			all[i] = make(chan int, 1)
		}
		for i := range all {
			all[i] <- i
			sum += uint64(<-all[i])
		}
	}
	sink = sum
}

// So many tasks wait at one channel; a value wakes the first of them, which waits again at once. The
// time of one value.
func wakeOneOf(tasks int) float64 {
	work := make(chan int)
	var ended sync.WaitGroup
	ended.Add(tasks)
	for t := 0; t < tasks; t++ {
		go func() {
			defer ended.Done()
			for range work {
			}
		}()
	}
	time := perOperation(func(n int) {
		for i := 0; i < n; i++ {
			work <- i
		}
	})
	close(work)
	ended.Wait()
	return time
}
