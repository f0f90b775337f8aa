"""The site in the shape in which it is shipped: nginx, both doors under their units, users of their own."""

from support.shipped import Shipped


def test_both_doors_answer_in_the_shipped_shape(shipped: Shipped) -> None:
    assert shipped.visitor().get("/").status == 200
    assert shipped.visitor().get("/tip-off/").status == 200
    assert shipped.stranger().get("/").status == 303
    clerk = shipped.enter("甲")
    number = shipped.office.tip_now()
    assert clerk.get(f"/cases/{number}/").status == 200
    clerk.unlock()
