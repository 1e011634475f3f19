import sys, importlib, asyncio, uvloop, time
from run_with import Effort
from table import HEADER
async def main():
    print(HEADER)
    for name in sys.argv[2:]:
        t=time.time()
        for row in await importlib.import_module(name).measure(Effort(int(sys.argv[1]), 0.2 if int(sys.argv[1])<5 else 1)):
            print(row, flush=True)
        print(name, round(time.time()-t,1),'s')
uvloop.run(main())
